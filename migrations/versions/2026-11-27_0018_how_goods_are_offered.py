"""how goods are offered: limits per buyer, pre-sale, days of sale, net weight with tolerance"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PACKINGS = ("piece", "box", "bag", "bottle")
SKU_CHECKS = {
    "packing": f"packing IN ({', '.join(map(repr, PACKINGS))})",
    "tolerance": "tolerance_grams BETWEEN 0 AND grams",
    "limit": "limit_units BETWEEN 1 AND 9999 AND limit_days BETWEEN 0 AND 366",
    "presale": "(presale_until IS NULL) = (ship_by IS NULL) AND (ship_by IS NULL OR ship_by >= presale_until)",
}
LISTING_COLUMNS = ("sale_from", "sale_until", "from_jin_fen", "presale_until")
SKU_COLUMNS = ("packing", "tolerance_grams", "limit_units", "limit_days", "presale_until", "ship_by")


def upgrade() -> None:
    with op.batch_alter_table("listings") as listings:
        listings.add_column(sa.Column("sale_from", sa.String(length=5), nullable=False, server_default=""))
        listings.add_column(sa.Column("sale_until", sa.String(length=5), nullable=False, server_default=""))
        listings.add_column(sa.Column("from_jin_fen", sa.Integer(), nullable=False, server_default="0"))
        listings.add_column(sa.Column("presale_until", sa.Date(), nullable=True))
        listings.create_check_constraint(op.f("ck_listings_season"), "(sale_from = '') = (sale_until = '')")
    with op.batch_alter_table("skus") as skus:
        skus.add_column(sa.Column("packing", sa.String(length=40), nullable=False, server_default="piece"))
        skus.add_column(sa.Column("tolerance_grams", sa.Integer(), nullable=True))
        skus.add_column(sa.Column("limit_units", sa.Integer(), nullable=True))
        skus.add_column(sa.Column("limit_days", sa.Integer(), nullable=False, server_default="0"))
        skus.add_column(sa.Column("presale_until", sa.Date(), nullable=True))
        skus.add_column(sa.Column("ship_by", sa.Date(), nullable=True))
        for name, law in SKU_CHECKS.items():
            skus.create_check_constraint(op.f(f"ck_skus_{name}"), law)
    op.add_column("order_lines", sa.Column("ship_by", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("ship_by", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("buyer_key", sa.String(length=70), nullable=True))
    # a guest's number can't be read here: guests are counted from now on, members from their first order
    op.execute(
        "UPDATE orders SET buyer_key = 'u' || CAST(user_id AS VARCHAR(20)) "
        "WHERE user_id IS NOT NULL AND purchase_order_id IS NULL"
    )
    op.create_index("ix_orders_buyer_key", "orders", ["buyer_key", "placed_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_orders_buyer_key", table_name="orders")
    op.drop_column("orders", "buyer_key")
    op.drop_column("orders", "ship_by")
    op.drop_column("order_lines", "ship_by")
    with op.batch_alter_table("skus") as skus:
        for name in SKU_CHECKS:
            skus.drop_constraint(op.f(f"ck_skus_{name}"), type_="check")
        for column in SKU_COLUMNS:
            skus.drop_column(column)
    with op.batch_alter_table("listings") as listings:
        listings.drop_constraint(op.f("ck_listings_season"), type_="check")
        for column in LISTING_COLUMNS:
            listings.drop_column(column)
