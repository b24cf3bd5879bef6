"""lines of bank statements: money that came by transfer"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_receipts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("payer", sa.String(length=80), nullable=False),
        sa.Column("memo", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("open", "kept", "used", "returned"),
                name="receiptstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_receipts_amount")),
        sa.CheckConstraint("(state = 'open') = (order_id IS NULL)", name=op.f("ck_bank_receipts_placed")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_bank_receipts_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["users.id"], name=op.f("fk_bank_receipts_imported_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_receipts")),
        sa.UniqueConstraint("holder", "serial", name=op.f("uq_bank_receipts_holder_serial")),
    )
    op.create_index(op.f("ix_bank_receipts_state"), "bank_receipts", ["state"], unique=False)
    op.create_index(op.f("ix_bank_receipts_order_id"), "bank_receipts", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_table("bank_receipts")
