"""two indexes of the postings carry what the self-check reads by them"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

WIDER = {
    "ix_postings_kind_at": ["account_kind", "at", "supplier_id", "income_state", "fen", "order_id"],
    "ix_postings_line_income": ["line_income_id", "income_state", "fen", "entry_id"],
}


def upgrade() -> None:
    for name, columns in WIDER.items():
        op.drop_index(name, table_name="postings")
        op.create_index(name, "postings", columns)


def downgrade() -> None:
    for name, columns in WIDER.items():
        op.drop_index(name, table_name="postings")
        op.create_index(name, "postings", columns[:2])
