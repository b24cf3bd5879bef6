"""what of each share is confirmed and not paid on, summed up from the ledger"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

FROM_LEDGER = """
    INSERT INTO income_dues (line_income_id, supplier_id, household_id, fen, since)
    SELECT line_income_id, supplier_id, household_id, -SUM(fen), MIN(at)
    FROM postings
    WHERE income_state = 'confirmed'
    GROUP BY line_income_id, supplier_id, household_id
    HAVING SUM(fen) < 0
"""


def upgrade() -> None:
    op.create_table(
        "income_dues",
        sa.Column("line_income_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("fen > 0", name=op.f("ck_income_dues_fen")),
        sa.ForeignKeyConstraint(
            ["line_income_id"], ["line_incomes.id"], name=op.f("fk_income_dues_line_income_id_line_incomes")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.id"], name=op.f("fk_income_dues_supplier_id_suppliers")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_income_dues_household_id_households")
        ),
        sa.PrimaryKeyConstraint("line_income_id", name=op.f("pk_income_dues")),
    )
    op.create_index("ix_income_dues_supplier", "income_dues", ["supplier_id", "household_id", "fen", "since"])
    op.execute(sa.text(FROM_LEDGER))


def downgrade() -> None:
    op.drop_table("income_dues")
