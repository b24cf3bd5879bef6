"""what the platform puts forward on the home page, and what it takes off sale"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KINDS = ("banner", "feature")
STATE = "withheld"


def _schedule() -> list[sa.Column[object]]:
    return [
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _set_states(*, with_ours: bool) -> None:
    """Add our state to those a listing may be in, or take it away."""
    name = "ck_listings_listingstate"
    checks = {
        each["name"]: each["sqltext"] for each in sa.inspect(op.get_bind()).get_check_constraints("listings")
    }
    states = [each for each in re.findall(r"'(\w+)'", checks[name]) if each != STATE]
    allowed = ", ".join(f"'{each}'" for each in (*states, STATE) if with_ours or each != STATE)
    with op.batch_alter_table("listings") as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), f"state IN ({allowed})")


def _withholdings() -> None:
    op.create_table(
        "withholdings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("was_on_sale", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_withholdings_ended")),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_withholdings_by_users")),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_withholdings_ended_by_users")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_withholdings_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withholdings")),
    )
    op.create_index(op.f("ix_withholdings_listing_id"), "withholdings", ["listing_id"], unique=False)
    op.create_index(
        "uq_withholdings_open",
        "withholdings",
        ["listing_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def upgrade() -> None:
    _set_states(with_ours=True)
    _withholdings()
    op.create_table(
        "home_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="slotkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=24), nullable=False),
        sa.Column("text", sa.String(length=60), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        *_schedule(),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_home_slots_days")),
        sa.CheckConstraint("target LIKE '/%' AND target NOT LIKE '//%'", name=op.f("ck_home_slots_target")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_home_slots_media_id_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_slots")),
    )
    op.create_index("ix_home_slots_ends", "home_slots", ["ends_on"], unique=False)
    op.create_table(
        "hot_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=12), nullable=False),
        *_schedule(),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_hot_words_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hot_words")),
    )
    op.create_index("ix_hot_words_ends", "hot_words", ["ends_on"], unique=False)


def downgrade() -> None:
    op.drop_table("hot_words")
    op.drop_table("home_slots")
    op.drop_table("withholdings")
    op.execute(sa.text("UPDATE listings SET state = 'off_sale' WHERE state = 'withheld'"))
    _set_states(with_ours=False)
