"""suppliers' settlement bills, and how often each gets one"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _references(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _check(law: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(law, name=op.f(f"ck_settlement_bills_{name}"))


AMOUNTS = (
    *("goods_fen", "freight_fen", "received_fen", "subsidy_fen", "disputed_fen"),
    *("fee_fen", "outlet_fee_fen", "settle_fen"),
)


def upgrade() -> None:
    op.create_table(
        "settlement_terms",
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("period", _enum("settlementperiod", "week", "half_month", "month"), nullable=False),
        _references("settlement_terms", "supplier_id", "suppliers"),
        sa.PrimaryKeyConstraint("supplier_id", name=op.f("pk_settlement_terms")),
    )
    op.create_table(
        "settlement_bills",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("state", _enum("billstate", "issued", "checked", "settled"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in AMOUNTS),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("objection", sa.String(length=300), nullable=False),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("voucher_number", sa.String(length=60), nullable=False),
        _check("first_day <= last_day AND starts_at < ends_at", "period"),
        _check("settle_fen = subsidy_fen - fee_fen - outlet_fee_fen", "settle"),
        _check("goods_fen + freight_fen = received_fen + subsidy_fen + disputed_fen", "balance"),
        _check("(state = 'settled') = (settled_at IS NOT NULL)", "settled"),
        _references("settlement_bills", "supplier_id", "suppliers"),
        _references("settlement_bills", "checked_by", "users"),
        _references("settlement_bills", "settled_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_bills")),
        sa.UniqueConstraint("number", name=op.f("uq_settlement_bills_number")),
        sa.UniqueConstraint(
            "supplier_id", "first_day", name=op.f("uq_settlement_bills_supplier_id_first_day")
        ),
    )
    op.create_index("ix_settlement_bills_state", "settlement_bills", ["state", "id"], unique=False)
    op.create_index(
        "ix_settlement_bills_supplier", "settlement_bills", ["supplier_id", "starts_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("settlement_bills")
    op.drop_table("settlement_terms")
