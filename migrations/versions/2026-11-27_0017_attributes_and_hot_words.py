"""attributes of categories, their values of listings, the part of a price that reaches households, words looked for"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _attributes() -> None:
    op.create_table(
        "category_attributes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_code", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "choice", "marks", name="attributekind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["categories.code"],
            name=op.f("fk_category_attributes_category_code_categories"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_attributes")),
        sa.UniqueConstraint("category_code", "name", name=op.f("uq_category_attributes_category_code_name")),
    )
    op.create_table(
        "attribute_options",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attribute_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attribute_id"],
            ["category_attributes.id"],
            name=op.f("fk_attribute_options_attribute_id_category_attributes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_options")),
        sa.UniqueConstraint("attribute_id", "name", name=op.f("uq_attribute_options_attribute_id_name")),
    )
    op.create_table(
        "listing_options",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_options_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["option_id"],
            ["attribute_options.id"],
            name=op.f("fk_listing_options_option_id_attribute_options"),
        ),
        sa.PrimaryKeyConstraint("listing_id", "option_id", name=op.f("pk_listing_options")),
    )
    op.create_index("ix_listing_options_option", "listing_options", ["option_id", "listing_id"], unique=False)


def upgrade() -> None:
    _attributes()
    op.create_table(
        "search_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "words", name=op.f("pk_search_counts")),
    )
    op.add_column("listings", sa.Column("from_income_bp", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE listings SET from_income_bp = CASE WHEN from_price_fen > 0"
        " THEN CAST(from_income_fen AS BIGINT) * 10000 / from_price_fen ELSE 0 END"
    )
    with op.batch_alter_table("listings") as batch_op:
        batch_op.alter_column("from_income_bp", existing_type=sa.Integer(), nullable=False)
    op.create_index(
        "ix_listings_category_share", "listings", ["state", "category_code", "from_income_bp"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_listings_category_share", table_name="listings")
    with op.batch_alter_table("listings") as batch_op:
        batch_op.drop_column("from_income_bp")
    op.drop_table("search_counts")
    op.drop_index("ix_listing_options_option", table_name="listing_options")
    op.drop_table("listing_options")
    op.drop_table("attribute_options")
    op.drop_table("category_attributes")
