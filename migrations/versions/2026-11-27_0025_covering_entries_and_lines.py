"""the indexes of the postings by entry, order and line carry what the self-check sums by them"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

WIDER = {
    "ix_postings_entry_id": ["entry_id", "account_kind", "fen"],
    "ix_postings_order_id": ["order_id", "fen"],
    "ix_postings_line_id": ["line_id", "account_kind", "fen", "entry_id"],
}


def upgrade() -> None:
    for name, columns in WIDER.items():
        op.drop_index(name, table_name="postings")
        op.create_index(name, "postings", columns)


def downgrade() -> None:
    for name, columns in WIDER.items():
        op.drop_index(name, table_name="postings")
        op.create_index(name, "postings", columns[:1])
