"""freight grows with grams or with pieces"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AMOUNTS = "ck_freight_rules_amounts"
LAW = "first_{0} > 0 AND next_{0} > 0 AND first_fen >= 0 AND next_fen >= 0"


def upgrade() -> None:
    _rename("grams", "size")
    with op.batch_alter_table("freight_rules") as rules:
        rules.add_column(sa.Column("basis", sa.String(length=40), nullable=False, server_default="weight"))
        rules.create_check_constraint(op.f("ck_freight_rules_freightbasis"), "basis IN ('weight', 'piece')")
    with op.batch_alter_table("freight_rules") as rules:
        rules.alter_column("basis", server_default=None)


def _rename(before: str, after: str) -> None:
    with op.batch_alter_table("freight_rules") as rules:
        rules.drop_constraint(op.f(AMOUNTS), type_="check")
    with op.batch_alter_table("freight_rules") as rules:
        rules.alter_column(f"first_{before}", new_column_name=f"first_{after}", existing_type=sa.Integer())
        rules.alter_column(f"next_{before}", new_column_name=f"next_{after}", existing_type=sa.Integer())
    with op.batch_alter_table("freight_rules") as rules:
        rules.create_check_constraint(op.f(AMOUNTS), LAW.format(after))


def downgrade() -> None:
    """Rules by the piece can't be kept: they go, and their suppliers have to set them anew."""
    op.execute("DELETE FROM freight_rules WHERE basis = 'piece'")
    with op.batch_alter_table("freight_rules") as rules:
        rules.drop_constraint(op.f("ck_freight_rules_freightbasis"), type_="check")
        rules.drop_column("basis")
    _rename("size", "grams")
