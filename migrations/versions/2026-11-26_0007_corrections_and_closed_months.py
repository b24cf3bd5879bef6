"""corrections by two people, closed months that take no more entries, disputed charges"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.triggers import append_only_ddl

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = (
    *("sale", "confirm", "refund", "disburse", "bounce", "acknowledge", "stray_money", "stray_return"),
    "correction",
)
ACCOUNTS = (
    *(
        "funds",
        "supplier_due",
        "freight_due",
        "platform_fee",
        "outlet_fee",
        "subsidy",
        "stray",
        "disputed",
        "dispute_loss",
    ),
    *("household_cost", "household_income"),
)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _references(table: str, column: str, target: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    _widen_kinds((*KINDS, "dispute", "dispute_end", "settle"))
    _corrections()
    _months()
    _disputes()
    for statement in _closed_ddl(op.get_bind().dialect.name):
        op.execute(statement)


def _widen_kinds(kinds: tuple[str, ...]) -> None:
    """SQLite rebuilds the table for a CHECK and loses its triggers with the old one."""
    name = op.f("ck_journal_entries_entrykind")
    with op.batch_alter_table("journal_entries") as entries:
        entries.drop_constraint(name, type_="check")
        entries.create_check_constraint(name, f"kind IN ({', '.join(repr(kind) for kind in kinds)})")
    if op.get_bind().dialect.name == "sqlite":
        for statement in append_only_ddl("journal_entries", "sqlite"):
            op.execute(statement)


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _enum("correctionstate", "proposed", "posted", "refused", "withdrawn"),
            nullable=False,
        ),
        sa.Column("source", _enum("accountkind_source", *ACCOUNTS), nullable=False),
        sa.Column("target", _enum("accountkind_target", *ACCOUNTS), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("fen > 0 AND source <> target", name=op.f("ck_corrections_move")),
        sa.CheckConstraint(
            "state <> 'posted' OR decided_by <> proposed_by", name=op.f("ck_corrections_two_people")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_corrections_decided")
        ),
        _references("corrections", "order_id", "orders"),
        _references("corrections", "proposed_by", "users"),
        _references("corrections", "decided_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_order_id"), "corrections", ["order_id"], unique=False)
    op.create_index(op.f("ix_corrections_state"), "corrections", ["state"], unique=False)


def _months() -> None:
    op.create_table(
        "closed_months",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        _references("closed_months", "closed_by", "users"),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_closed_months")),
    )
    op.create_table(
        "closed_month_sums",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("account_kind", sa.String(length=30), nullable=False),
        sa.Column("income_state", sa.String(length=40), nullable=False),
        sa.Column("debit_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_fen", sa.BigInteger(), nullable=False),
        _references("closed_month_sums", "month", "closed_months", "month"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_month_sums")),
        sa.UniqueConstraint(
            "month",
            "account_kind",
            "income_state",
            name=op.f("uq_closed_month_sums_month_account_kind_income_state"),
        ),
    )


def _disputes() -> None:
    op.add_column("payments", sa.Column("disputed_fen", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "disputes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("state", _enum("disputestate", "open", "won", "lost"), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("fen > 0", name=op.f("ck_disputes_fen")),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_disputes_closed")),
        _references("disputes", "session_id", "payment_sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("provider", "external_id", name=op.f("uq_disputes_provider_external_id")),
    )
    op.create_index(op.f("ix_disputes_session_id"), "disputes", ["session_id"], unique=False)
    op.create_index(op.f("ix_disputes_state"), "disputes", ["state"], unique=False)
    op.create_table(
        "dispute_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.CheckConstraint("fen > 0", name=op.f("ck_dispute_parts_fen")),
        _references("dispute_parts", "dispute_id", "disputes"),
        _references("dispute_parts", "order_id", "orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_parts")),
        sa.UniqueConstraint("dispute_id", "order_id", name=op.f("uq_dispute_parts_dispute_id_order_id")),
    )
    op.create_index(op.f("ix_dispute_parts_order_id"), "dispute_parts", ["order_id"], unique=False)


def _closed_ddl(dialect: str) -> list[str]:
    """The database itself refuses an entry that is dated in a closed month."""
    inside = "EXISTS (SELECT 1 FROM closed_months m WHERE NEW.at < m.ends_at)"
    if dialect == "sqlite":
        refuse = (
            "CREATE TRIGGER journal_entries_closed_month BEFORE INSERT ON journal_entries "
            f"WHEN {inside} BEGIN SELECT RAISE(ABORT, 'the month of this entry is closed'); END"
        )
        return [refuse]
    function = (
        "CREATE OR REPLACE FUNCTION refuse_closed_month() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {inside} THEN RAISE EXCEPTION 'the month of this entry is closed'; END IF; RETURN NEW; END $$"
    )
    attach = (
        "CREATE TRIGGER journal_entries_closed_month BEFORE INSERT ON journal_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_closed_month()"
    )
    return [function, attach]


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER journal_entries_closed_month")
    else:
        op.execute("DROP TRIGGER journal_entries_closed_month ON journal_entries")
        op.execute("DROP FUNCTION refuse_closed_month()")
    op.drop_column("payments", "disputed_fen")
    for table in ("dispute_parts", "disputes", "closed_month_sums", "closed_months", "corrections"):
        op.drop_table(table)
    _widen_kinds(KINDS)
