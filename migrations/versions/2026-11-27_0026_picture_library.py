"""the suppliers' picture libraries, with every picture of their listings in them"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

FROM_LISTINGS = """
    INSERT INTO supplier_pictures (supplier_id, media_id, name, added_at)
    SELECT listings.supplier_id, media.id, MIN(listing_pictures.alt), media.uploaded_at
    FROM listing_pictures
    JOIN listings ON listings.id = listing_pictures.listing_id
    JOIN media ON media.id = listing_pictures.media_id
    GROUP BY listings.supplier_id, media.id, media.uploaded_at
    ORDER BY media.id, listings.supplier_id
"""


def upgrade() -> None:
    op.create_table(
        "supplier_pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.id"], name=op.f("fk_supplier_pictures_supplier_id_suppliers")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_supplier_pictures_media_id_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_pictures")),
        sa.UniqueConstraint(
            "supplier_id", "media_id", name=op.f("uq_supplier_pictures_supplier_id_media_id")
        ),
    )
    op.create_index("ix_supplier_pictures_added", "supplier_pictures", ["supplier_id", "added_at"])
    op.create_index(op.f("ix_listing_pictures_media_id"), "listing_pictures", ["media_id"])
    op.execute(sa.text(FROM_LISTINGS))


def downgrade() -> None:
    op.drop_index(op.f("ix_listing_pictures_media_id"), table_name="listing_pictures")
    op.drop_table("supplier_pictures")
