"""what an admitted supplier's licence says otherwise, asked and confirmed"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _references(column: str, table: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.{key}"], name=op.f(f"fk_licence_changes_{column}_{table}")
    )


def _check(law: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(law, name=op.f(f"ck_licence_changes_{name}"))


def upgrade() -> None:
    op.create_table(
        "licence_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "confirmed",
                "refused",
                "withdrawn",
                name="licencechangestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("old_name", sa.String(length=80), nullable=False),
        sa.Column("old_uscc", sa.String(length=18), nullable=True),
        sa.Column("old_village_code", sa.String(length=12), nullable=False),
        sa.Column("proof_id", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _check("(state = 'asked') = (decided_at IS NULL)", "decided"),
        _check("(decided_at IS NULL) = (decided_by IS NULL)", "decided_by"),
        _check("state <> 'confirmed' OR decided_by <> asked_by", "two_people"),
        _check("state <> 'refused' OR length(reason) > 0", "refused_with_reason"),
        _check(
            "name <> old_name OR village_code <> old_village_code OR COALESCE(uscc, '') <> COALESCE(old_uscc, '')",
            "something",
        ),
        _references("supplier_id", "suppliers"),
        _references("village_code", "regions", "code"),
        _references("old_village_code", "regions", "code"),
        _references("proof_id", "media"),
        _references("asked_by", "users"),
        _references("decided_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_changes")),
    )
    op.create_index(op.f("ix_licence_changes_supplier_id"), "licence_changes", ["supplier_id"], unique=False)
    op.create_index(
        "uq_licence_changes_open",
        "licence_changes",
        ["supplier_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )


def downgrade() -> None:
    op.drop_table("licence_changes")
