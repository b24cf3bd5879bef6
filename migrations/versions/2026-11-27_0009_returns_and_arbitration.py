"""after-sales: causes, several pictures, goods sent back, the platform's word"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATES = ("requested", "approved", "rejected", "sent", "done")
NEW_STATES = (*STATES, "returning", "sent_back", "arbitration", "withdrawn")
CAUSES = ("damaged", "short", "wrong", "not_as_described", "not_arrived", "not_wanted", "other")
STATE = "ck_refunds_refundstate"


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    op.create_table(
        "refund_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_photos_refund_id_refunds")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_refund_photos_media_id_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_photos")),
    )
    op.create_index(op.f("ix_refund_photos_refund_id"), "refund_photos", ["refund_id"], unique=False)
    op.execute(
        "INSERT INTO refund_photos (refund_id, media_id) "
        "SELECT id, photo_id FROM refunds WHERE photo_id IS NOT NULL ORDER BY id"
    )
    with op.batch_alter_table("refunds") as refunds:
        refunds.drop_constraint(op.f(STATE), type_="check")
        refunds.create_check_constraint(op.f(STATE), _in("state", NEW_STATES))
        refunds.drop_constraint(op.f("fk_refunds_photo_id_media"), type_="foreignkey")
        refunds.drop_column("photo_id")
        refunds.add_column(sa.Column("cause", sa.String(length=40), nullable=False, server_default="other"))
        refunds.create_check_constraint(op.f("ck_refunds_refundcause"), _in("cause", CAUSES))
        refunds.add_column(sa.Column("return_to", sa.LargeBinary(), nullable=True))
        for name in ("return_accepted_at", "sent_back_at", "appealed_at", "ruled_at"):
            refunds.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        for name, length in (
            ("return_carrier", 30),
            ("return_tracking", 40),
            ("appeal", 300),
            ("ruling", 300),
        ):
            refunds.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        refunds.add_column(sa.Column("ruled_by", sa.Integer(), nullable=True))
        refunds.create_foreign_key(op.f("fk_refunds_ruled_by_users"), "users", ["ruled_by"], ["id"])
    with op.batch_alter_table("refunds") as refunds:
        refunds.alter_column("cause", server_default=None)


def downgrade() -> None:
    """Pictures after the first of a refund are no longer tied to it; claims in new states count as refused."""
    with op.batch_alter_table("refunds") as refunds:
        refunds.add_column(sa.Column("photo_id", sa.Integer(), nullable=True))
        refunds.create_foreign_key(op.f("fk_refunds_photo_id_media"), "media", ["photo_id"], ["id"])
    op.execute(
        "UPDATE refunds SET photo_id = (SELECT MIN(media_id) FROM refund_photos "
        "WHERE refund_photos.refund_id = refunds.id)"
    )
    refunds_table = sa.table("refunds", sa.column("state", sa.String))
    op.execute(refunds_table.update().where(refunds_table.c.state.not_in(STATES)).values(state="rejected"))
    op.drop_table("refund_photos")
    with op.batch_alter_table("refunds") as refunds:
        refunds.drop_constraint(op.f(STATE), type_="check")
        refunds.create_check_constraint(op.f(STATE), _in("state", STATES))
        refunds.drop_constraint(op.f("ck_refunds_refundcause"), type_="check")
        refunds.drop_constraint(op.f("fk_refunds_ruled_by_users"), type_="foreignkey")
        for name in (
            *("cause", "return_to", "return_accepted_at", "sent_back_at", "appealed_at", "ruled_at"),
            *("return_carrier", "return_tracking", "appeal", "ruling", "ruled_by"),
        ):
            refunds.drop_column(name)
