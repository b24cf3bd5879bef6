"""addresses of payment pages may be longer than 500 characters"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payment_sessions") as sessions:
        sessions.alter_column(
            "url", existing_type=sa.String(length=500), type_=sa.Text(), existing_nullable=True
        )


def downgrade() -> None:
    with op.batch_alter_table("payment_sessions") as sessions:
        sessions.alter_column(
            "url", existing_type=sa.Text(), type_=sa.String(length=500), existing_nullable=True
        )
