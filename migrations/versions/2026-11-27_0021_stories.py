"""stories of villages and households"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=30), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "returned",
                "published",
                "withdrawn",
                name="storystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_code"], ["regions.code"], name=op.f("fk_stories_village_code_regions")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_stories_household_id_households")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.id"], name=op.f("fk_stories_supplier_id_suppliers")
        ),
        sa.ForeignKeyConstraint(["picture_id"], ["media.id"], name=op.f("fk_stories_picture_id_media")),
        sa.ForeignKeyConstraint(["written_by"], ["users.id"], name=op.f("fk_stories_written_by_users")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_stories_decided_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_index("ix_stories_village", "stories", ["village_code", "state"], unique=False)
    op.create_index("ix_stories_supplier", "stories", ["supplier_id", "state"], unique=False)
    op.create_index("ix_stories_published", "stories", ["state", "decided_at"], unique=False)
    op.create_index(op.f("ix_stories_household_id"), "stories", ["household_id"], unique=False)


def downgrade() -> None:
    op.drop_table("stories")
