"""invoices: who wants one, tax rates by product, papers blue and red"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _references(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.create_table(
        "tax_rates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=100), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        _references("tax_rates", "supplier_id", "suppliers"),
        _references("tax_rates", "product_id", "declared_products"),
        _references("tax_rates", "set_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rates")),
        sa.UniqueConstraint("supplier_id", "product_id", name=op.f("uq_tax_rates_supplier_id_product_id")),
    )
    op.create_index(op.f("ix_tax_rates_product_id"), "tax_rates", ["product_id"], unique=False)
    op.create_table(
        "invoice_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("invoicekind", "person", "unit"), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("tax_number", sa.String(length=18), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        _references("invoice_requests", "order_id", "orders"),
        _references("invoice_requests", "requested_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_requests")),
        sa.UniqueConstraint("order_id", name=op.f("uq_invoice_requests_order_id")),
    )
    op.create_table(
        "invoice_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("color", _enum("invoicecolor", "blue", "red"), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("tax_number", sa.String(length=18), nullable=True),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(color = 'blue') = (amount_fen > 0) AND amount_fen <> 0", name=op.f("ck_invoice_papers_color")
        ),
        _references("invoice_papers", "request_id", "invoice_requests"),
        _references("invoice_papers", "media_id", "media"),
        _references("invoice_papers", "uploaded_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_papers")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_papers_number")),
    )
    op.create_index(op.f("ix_invoice_papers_request_id"), "invoice_papers", ["request_id"], unique=False)


def downgrade() -> None:
    op.drop_table("invoice_papers")
    op.drop_table("invoice_requests")
    op.drop_table("tax_rates")
