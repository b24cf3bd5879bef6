"""packings chosen by two lists of words, and a picture of its own for a packing"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

PICTURE = "fk_skus_picture_id_listing_pictures"


def upgrade() -> None:
    op.add_column("listings", sa.Column("axes", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("skus") as skus:
        skus.add_column(sa.Column("picture_id", sa.Integer(), nullable=True))
        skus.create_foreign_key(op.f(PICTURE), "listing_pictures", ["picture_id"], ["id"])
        skus.create_index(op.f("ix_skus_picture_id"), ["picture_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("skus") as skus:
        skus.drop_index(op.f("ix_skus_picture_id"))
        skus.drop_constraint(op.f(PICTURE), type_="foreignkey")
        skus.drop_column("picture_id")
    op.drop_column("listings", "axes")
