"""visits: categories of them, dates with places, orders that are for a day, booking codes"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "categories", sa.Column("is_visit", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("orders", sa.Column("visit_on", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("free_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_orders_visit_on",
        "orders",
        ["visit_on"],
        unique=False,
        sqlite_where=sa.text("visit_on IS NOT NULL"),
        postgresql_where=sa.text("visit_on IS NOT NULL"),
    )
    op.create_table(
        "visit_offers",
        sa.Column("listing_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=4), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("hours", sa.String(length=40), nullable=False),
        sa.Column("begins_hour", sa.Integer(), nullable=False),
        sa.Column("free_hours", sa.Integer(), nullable=False),
        sa.Column("most_units", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "begins_hour BETWEEN 0 AND 23 AND free_hours >= 0 AND most_units > 0",
            name=op.f("ck_visit_offers_numbers"),
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_visit_offers_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_visit_offers")),
    )
    op.create_table(
        "visit_dates",
        sa.Column("sku_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_visit_dates_sku_id_skus")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["visit_offers.listing_id"], name=op.f("fk_visit_dates_listing_id_visit_offers")
        ),
        sa.PrimaryKeyConstraint("sku_id", name=op.f("pk_visit_dates")),
        sa.UniqueConstraint("listing_id", "on_date", name=op.f("uq_visit_dates_listing_id_on_date")),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redeemed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_bookings_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.id"], name=op.f("fk_bookings_supplier_id_suppliers")
        ),
        sa.ForeignKeyConstraint(["redeemed_by"], ["users.id"], name=op.f("fk_bookings_redeemed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("order_id", name=op.f("uq_bookings_order_id")),
        sa.UniqueConstraint("supplier_id", "code_digest", name=op.f("uq_bookings_supplier_id_code_digest")),
    )


def downgrade() -> None:
    op.drop_table("bookings")
    op.drop_table("visit_dates")
    op.drop_table("visit_offers")
    op.drop_index("ix_orders_visit_on", table_name="orders")
    op.drop_column("orders", "free_until")
    op.drop_column("orders", "visit_on")
    op.drop_column("categories", "is_visit")
