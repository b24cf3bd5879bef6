"""reviews of what was received, and questions: follow-ups, replies, reports, answers, what is hidden, sums by listing"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.triggers import append_only_ddl

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    *("product_reviews", "review_follow_ups", "review_replies", "review_reports"),
    *("product_questions", "question_answers"),
)
FAULTS = ("unlawful", "abuse", "privacy", "advertising", "unrelated")
SUMS = (
    *("reviews", "good", "middle", "bad", "with_photos"),
    *("goods_sum", "delivery_sum", "service_sum", "questions"),
)


def _fault() -> sa.Enum:
    return sa.Enum(*FAULTS, name="fault", native_enum=False, create_constraint=True, length=40)


def _references(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "product_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("shown_name", sa.String(length=10), nullable=False),
        sa.Column("sku_name", sa.String(length=60), nullable=False),
        sa.Column("goods", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("service", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("has_photos", sa.Boolean(), server_default=sa.false(), nullable=False),
        _moment("written_at"),
        sa.CheckConstraint(
            "goods BETWEEN 1 AND 5 AND delivery BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5",
            name=op.f("ck_product_reviews_scores"),
        ),
        _references("product_reviews", "line_id", "order_lines"),
        _references("product_reviews", "listing_id", "listings"),
        _references("product_reviews", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_reviews")),
        sa.UniqueConstraint("line_id", name=op.f("uq_product_reviews_line_id")),
    )
    op.create_index("ix_product_reviews_listing", "product_reviews", ["listing_id", "id"], unique=False)
    op.create_index(op.f("ix_product_reviews_user_id"), "product_reviews", ["user_id"], unique=False)
    op.create_table(
        "review_follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        _moment("written_at"),
        _references("review_follow_ups", "review_id", "product_reviews"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_follow_ups")),
        sa.UniqueConstraint("review_id", name=op.f("uq_review_follow_ups_review_id")),
    )
    op.create_table(
        "review_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        _moment("written_at"),
        sa.Column("written_by", sa.Integer(), nullable=False),
        _references("review_replies", "review_id", "product_reviews"),
        _references("review_replies", "written_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_replies")),
        sa.UniqueConstraint("review_id", name=op.f("uq_review_replies_review_id")),
    )
    op.create_table(
        "review_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("fault", _fault(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        _moment("reported_at"),
        _references("review_reports", "review_id", "product_reviews"),
        _references("review_reports", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_reports")),
        sa.UniqueConstraint("review_id", "user_id", name=op.f("uq_review_reports_review_id_user_id")),
    )
    _create_questions()
    _create_what_may_change()
    for table in APPEND_ONLY:
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_questions() -> None:
    op.create_table(
        "product_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("shown_name", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        _moment("asked_at"),
        _references("product_questions", "listing_id", "listings"),
        _references("product_questions", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_questions")),
    )
    op.create_index("ix_product_questions_listing", "product_questions", ["listing_id", "id"], unique=False)
    op.create_index(op.f("ix_product_questions_user_id"), "product_questions", ["user_id"], unique=False)
    op.create_table(
        "question_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_supplier", sa.Boolean(), nullable=False),
        sa.Column("shown_name", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        _moment("answered_at"),
        _references("question_answers", "question_id", "product_questions"),
        _references("question_answers", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_answers")),
        sa.UniqueConstraint("question_id", "user_id", name=op.f("uq_question_answers_question_id_user_id")),
    )


def _create_what_may_change() -> None:
    op.create_table(
        "question_hidings",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("fault", _fault(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _moment("hidden_at", nullable=True),
        sa.Column("hidden_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(fault IS NULL) = (hidden_at IS NULL)", name=op.f("ck_question_hidings_hidden")),
        _references("question_hidings", "question_id", "product_questions"),
        _references("question_hidings", "hidden_by", "users"),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_question_hidings")),
    )
    op.create_table(
        "review_cases",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        _moment("reported_at"),
        sa.Column("fault", _fault(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _moment("hidden_at", nullable=True),
        sa.Column("hidden_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(fault IS NULL) = (hidden_at IS NULL) AND waiting >= 0", name=op.f("ck_review_cases_hidden")
        ),
        _references("review_cases", "review_id", "product_reviews"),
        _references("review_cases", "hidden_by", "users"),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_cases")),
    )
    op.create_index("ix_review_cases_waiting", "review_cases", ["waiting", "reported_at"], unique=False)
    op.create_table(
        "listing_scores",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in SUMS),
        _references("listing_scores", "listing_id", "listings"),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_listing_scores")),
    )


def downgrade() -> None:
    for table in ("listing_scores", "review_cases", "question_hidings", *reversed(APPEND_ONLY)):
        op.drop_table(table)
