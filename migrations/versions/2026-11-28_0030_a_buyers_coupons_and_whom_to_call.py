"""the coupons a buyer used are found by the buyer; the number a supplier lets buyers call"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_coupon_uses_holder", "coupon_uses", ["holder", "id"], unique=False)
    op.add_column(
        "suppliers", sa.Column("public_phone", sa.String(length=20), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("suppliers", "public_phone")
    op.drop_index("ix_coupon_uses_holder", table_name="coupon_uses")
