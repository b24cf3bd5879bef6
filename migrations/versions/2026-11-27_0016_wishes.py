"""what members keep an eye on: favourites, packings waited for, and their topic of messages"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TOPIC = "restock"
#: tables whose CHECK lists the topics
TOLD = ("messages", "message_choices")


def _set_topics(table: str, *, with_ours: bool) -> None:
    """Add our topic to those that are allowed, or take it away; the others stay, whoever added them."""
    name = f"ck_{table}_topic"
    checks = {
        each["name"]: each["sqltext"] for each in sa.inspect(op.get_bind()).get_check_constraints(table)
    }
    topics = [each for each in re.findall(r"'(\w+)'", checks[name]) if each != TOPIC]
    allowed = ", ".join(f"'{each}'" for each in (*topics, TOPIC) if with_ours or each != TOPIC)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), f"topic IN ({allowed})")


def upgrade() -> None:
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("price_fen", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_favourites_user_id_users")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_favourites_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("user_id", "listing_id", name=op.f("pk_favourites")),
    )
    op.create_index("ix_favourites_user_at", "favourites", ["user_id", "at"], unique=False)
    op.create_index(op.f("ix_favourites_listing_id"), "favourites", ["listing_id"], unique=False)
    op.create_table(
        "stock_wishes",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_stock_wishes_user_id_users")),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_stock_wishes_sku_id_skus")),
        sa.PrimaryKeyConstraint("user_id", "sku_id", name=op.f("pk_stock_wishes")),
    )
    op.create_index(op.f("ix_stock_wishes_sku_id"), "stock_wishes", ["sku_id"], unique=False)
    for table in TOLD:
        _set_topics(table, with_ours=True)


def downgrade() -> None:
    for table in TOLD:
        op.execute(sa.text(f"DELETE FROM {table} WHERE topic = :topic").bindparams(topic=TOPIC))  # noqa: S608
        _set_topics(table, with_ours=False)
    op.drop_table("stock_wishes")
    op.drop_table("favourites")
