"""a short video beside the pictures of a listing"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KINDS = ("mp4", "webm", "private_video")


def _set_kinds(*, with_ours: bool) -> None:
    """Add our kinds to those a stored file may be of, or take them away."""
    name = "ck_media_mediakind"
    checks = {
        each["name"]: each["sqltext"] for each in sa.inspect(op.get_bind()).get_check_constraints("media")
    }
    kinds = [each for each in re.findall(r"'(\w+)'", checks[name]) if each not in KINDS]
    allowed = ", ".join(f"'{each}'" for each in (*kinds, *KINDS) if with_ours or each not in KINDS)
    with op.batch_alter_table("media") as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), f"kind IN ({allowed})")


def upgrade() -> None:
    _set_kinds(with_ours=True)
    op.create_table(
        "listing_videos",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_videos_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_listing_videos_media_id_media")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_listing_videos")),
        sa.UniqueConstraint("media_id", name=op.f("uq_listing_videos_media_id")),
    )


def downgrade() -> None:
    op.drop_table("listing_videos")
    ours = sa.bindparam("kinds", KINDS, expanding=True)
    op.get_bind().execute(sa.text("DELETE FROM media WHERE kind IN :kinds").bindparams(ours))
    _set_kinds(with_ours=False)
