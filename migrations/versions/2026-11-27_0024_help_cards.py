"""cards of a year that are passed on"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "help_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("shown_name", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_help_cards_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_cards")),
        sa.UniqueConstraint("user_id", "year", name=op.f("uq_help_cards_user_id_year")),
        sa.UniqueConstraint("token", name=op.f("uq_help_cards_token")),
    )


def downgrade() -> None:
    op.drop_table("help_cards")
