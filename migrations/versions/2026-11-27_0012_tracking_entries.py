"""where parcels were seen on their way"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tracking_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=100), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                *("hand", "table", "program"),
                name="trackingsource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_tracking_entries_delivery_id_deliveries")
        ),
        sa.ForeignKeyConstraint(["told_by"], ["users.id"], name=op.f("fk_tracking_entries_told_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_entries")),
        sa.UniqueConstraint(
            "delivery_id", "at", "text", name=op.f("uq_tracking_entries_delivery_id_at_text")
        ),
    )
    op.create_index("ix_deliveries_tracking_number", "deliveries", ["tracking_number"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_deliveries_tracking_number", table_name="deliveries")
    op.drop_table("tracking_entries")
