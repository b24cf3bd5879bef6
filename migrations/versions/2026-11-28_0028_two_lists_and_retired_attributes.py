"""packings chosen by two lists of words, a picture of its own for a packing, attributes and options no longer offered"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

RETIRABLE = ("category_attributes", "attribute_options")
PICTURE = "fk_skus_picture_id_listing_pictures"


def upgrade() -> None:
    op.add_column("listings", sa.Column("axes", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("skus") as skus:
        skus.add_column(sa.Column("picture_id", sa.Integer(), nullable=True))
        skus.create_foreign_key(op.f(PICTURE), "listing_pictures", ["picture_id"], ["id"])
        skus.create_index(op.f("ix_skus_picture_id"), ["picture_id"], unique=False)
    for table in RETIRABLE:
        op.add_column(table, sa.Column("is_retired", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table in RETIRABLE:
        op.drop_column(table, "is_retired")
    with op.batch_alter_table("skus") as skus:
        skus.drop_index(op.f("ix_skus_picture_id"))
        skus.drop_constraint(op.f(PICTURE), type_="foreignkey")
        skus.drop_column("picture_id")
    op.drop_column("listings", "axes")
