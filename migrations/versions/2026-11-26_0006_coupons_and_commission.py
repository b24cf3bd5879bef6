"""coupons and their uses; what a line's price was lowered by, and an outlet's part of its fee"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _references(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def upgrade() -> None:
    _coupons()
    _uses()
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("commission_outlet_id", sa.Integer(), nullable=True))
        orders.add_column(sa.Column("subsidy_bearer", sa.String(length=20), nullable=True))
        orders.create_foreign_key(
            op.f("fk_orders_commission_outlet_id_outlets"), "outlets", ["commission_outlet_id"], ["id"]
        )
    with op.batch_alter_table("order_lines") as lines:
        for name in ("discount_fen", "subsidy_fen", "outlet_fee_fen"):
            lines.add_column(_amount(name))
        lines.create_check_constraint(
            op.f("ck_order_lines_discounts"), "discount_fen >= 0 AND subsidy_fen BETWEEN 0 AND net_fen"
        )
        lines.create_check_constraint(
            op.f("ck_order_lines_outlet_fee"), "outlet_fee_fen BETWEEN 0 AND fee_fen"
        )


def _coupons() -> None:
    op.create_table(
        "coupons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("bearer", _enum("couponbearer", "supplier", "platform", "government"), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("state", _enum("couponstate", "open", "stopped"), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("min_spend_fen", sa.Integer(), nullable=False),
        sa.Column("off_fen", sa.Integer(), nullable=False),
        sa.Column("total_count", sa.Integer(), nullable=False),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("budget_fen", sa.Integer(), nullable=False),
        sa.Column("used_count", sa.Integer(), nullable=False),
        sa.Column("used_fen", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(bearer = 'supplier') = (supplier_id IS NOT NULL)", name=op.f("ck_coupons_bearer")
        ),
        sa.CheckConstraint("off_fen > 0 AND min_spend_fen > off_fen", name=op.f("ck_coupons_face")),
        sa.CheckConstraint("used_count BETWEEN 0 AND total_count", name=op.f("ck_coupons_count")),
        sa.CheckConstraint("used_fen BETWEEN 0 AND budget_fen", name=op.f("ck_coupons_budget")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_coupons_term")),
        _references("coupons", "supplier_id", "suppliers"),
        _references("coupons", "made_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("code", name=op.f("uq_coupons_code")),
    )
    op.create_index("ix_coupons_supplier", "coupons", ["supplier_id", "state"], unique=False)
    op.create_index(op.f("ix_coupons_ends_at"), "coupons", ["ends_at"], unique=False)


def _uses() -> None:
    op.create_table(
        "coupon_holders",
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=70), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_coupon_holders_used")),
        _references("coupon_holders", "coupon_id", "coupons"),
        sa.PrimaryKeyConstraint("coupon_id", "holder", name=op.f("pk_coupon_holders")),
    )
    op.create_table(
        "coupon_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column("checkout_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=70), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("fen >= 0", name=op.f("ck_coupon_uses_fen")),
        _references("coupon_uses", "coupon_id", "coupons"),
        _references("coupon_uses", "checkout_id", "checkouts"),
        _references("coupon_uses", "order_id", "orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_uses")),
        sa.UniqueConstraint("coupon_id", "order_id", name=op.f("uq_coupon_uses_coupon_id_order_id")),
    )
    op.create_index(op.f("ix_coupon_uses_checkout_id"), "coupon_uses", ["checkout_id"], unique=False)
    op.create_index(op.f("ix_coupon_uses_order_id"), "coupon_uses", ["order_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("order_lines") as lines:
        lines.drop_constraint(op.f("ck_order_lines_outlet_fee"), type_="check")
        lines.drop_constraint(op.f("ck_order_lines_discounts"), type_="check")
        for name in ("outlet_fee_fen", "subsidy_fen", "discount_fen"):
            lines.drop_column(name)
    with op.batch_alter_table("orders") as orders:
        orders.drop_constraint(op.f("fk_orders_commission_outlet_id_outlets"), type_="foreignkey")
        orders.drop_column("subsidy_bearer")
        orders.drop_column("commission_outlet_id")
    for table in ("coupon_uses", "coupon_holders", "coupons"):
        op.drop_table(table)
