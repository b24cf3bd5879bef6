"""Reading questions with their answers. What is hidden is read without its words, and with the reason."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from catalog.products.models import Listing
from catalog.questions.models import Answer, Question, QuestionHiding
from catalog.reviews.rules import Fault
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, offset_of

PER_PAGE = 20


class DeskFilter(StrEnum):
    """The filters of the supplier's page."""

    UNANSWERED = ""
    ALL = "all"


class AdminFilter(StrEnum):
    ALL = ""
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    shown_name: str
    by_supplier: bool
    text: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """``fault`` is why it is hidden; then the text is empty and there are no answers, but for admins."""

    id: int
    listing_id: int
    title: str
    supplier_id: int
    shown_name: str
    text: str
    asked_at: datetime
    fault: Fault | None
    reason: str
    answers: Sequence[AnswerRow]


_COLUMNS = (
    Question.id,
    Question.listing_id,
    Listing.title,
    Listing.supplier_id,
    Question.shown_name,
    Question.text,
    Question.asked_at,
    QuestionHiding.fault,
    func.coalesce(QuestionHiding.reason, ""),
)


def _read(
    wanted: Sequence[ColumnElement[bool]], page: int, order: Any, *, everything: bool = False
) -> list[QuestionRow]:
    """Two statements: questions, and their answers with the seller's first."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .select_from(Question)
        .join(Listing, Listing.id == Question.listing_id)
        .outerjoin(QuestionHiding, QuestionHiding.question_id == Question.id)
        .where(*wanted)
        .order_by(order)
        .offset(offset_of(page, PER_PAGE))
        .limit(PER_PAGE)
    ).all()
    answers: dict[int, list[AnswerRow]] = defaultdict(list)
    found = db.session.execute(
        select(Answer.question_id, Answer.shown_name, Answer.by_supplier, Answer.text, Answer.answered_at)
        .where(Answer.question_id.in_([row[0] for row in rows]))
        .order_by(Answer.by_supplier.desc(), Answer.id)
    )
    for row in found:
        answers[row[0]].append(AnswerRow(*row[1:]))
    return [_row(tuple(row), answers[row[0]], everything=everything) for row in rows]


def _row(values: tuple[Any, ...], answers: list[AnswerRow], *, everything: bool) -> QuestionRow:
    row = QuestionRow(*[*values, answers])
    return row if row.fault is None or everything else replace(row, text="", answers=())


def questions_of(listing_id: int, page: int) -> Page[QuestionRow]:
    """Newest first. Three statements."""
    clause = Question.listing_id == listing_id
    total = db.session.scalar(select(func.count()).select_from(Question).where(clause)) or 0
    return Page(_read([clause], page, Question.id.desc()), page, total, PER_PAGE)


def get_readable(listing_id: int, question_id: int) -> QuestionRow:
    """Raises NotFound for one that is hidden or another listing's."""
    wanted = [Question.id == question_id, Question.listing_id == listing_id, QuestionHiding.fault.is_(None)]
    rows = _read(wanted, 1, Question.id)
    if not rows:
        raise NotFound
    return rows[0]


def _unanswered() -> list[ColumnElement[bool]]:
    by_seller = exists().where(Answer.question_id == Question.id, Answer.by_supplier.is_(True))
    return [~by_seller, QuestionHiding.fault.is_(None)]


def count_of_supplier(supplier_id: int) -> dict[DeskFilter, int]:
    query = (
        select(func.count())
        .select_from(Question)
        .join(Listing, Listing.id == Question.listing_id)
        .outerjoin(QuestionHiding, QuestionHiding.question_id == Question.id)
        .where(Listing.supplier_id == supplier_id)
    )
    return {
        DeskFilter.UNANSWERED: db.session.scalar(query.where(*_unanswered())) or 0,
        DeskFilter.ALL: db.session.scalar(query) or 0,
    }


def questions_of_supplier(supplier_id: int, wanted: DeskFilter, page: int, total: int) -> Page[QuestionRow]:
    """Without the seller's answer the oldest first, otherwise the newest."""
    unanswered = wanted is DeskFilter.UNANSWERED
    clauses = [Listing.supplier_id == supplier_id, *(_unanswered() if unanswered else [])]
    rows = _read(clauses, page, Question.id if unanswered else Question.id.desc())
    return Page(rows, page, total, PER_PAGE)


def all_questions(wanted: AdminFilter, page: int, total: int) -> Page[QuestionRow]:
    """For admins, with the words of those hidden."""
    clauses = [QuestionHiding.fault.is_not(None)] if wanted is AdminFilter.HIDDEN else []
    rows = _read(clauses, page, Question.id.desc(), everything=True)
    return Page(rows, page, total, PER_PAGE)


def count_all() -> dict[AdminFilter, int]:
    hidden = select(func.count()).select_from(QuestionHiding).where(QuestionHiding.fault.is_not(None))
    return {
        AdminFilter.ALL: db.session.scalar(select(func.count()).select_from(Question)) or 0,
        AdminFilter.HIDDEN: db.session.scalar(hidden) or 0,
    }


def get_question(question_id: int) -> QuestionRow:
    """For admins, hidden or not. Raises NotFound."""
    rows = _read([Question.id == question_id], 1, Question.id, everything=True)
    if not rows:
        raise NotFound
    return rows[0]


def questions_to_take(user_id: int) -> list[dict[str, str]]:
    """What a member asked, newest first, for the file of their own data."""
    rows = db.session.execute(
        select(Question.asked_at, Listing.title, Question.text)
        .join(Listing, Listing.id == Question.listing_id)
        .where(Question.user_id == user_id)
        .order_by(Question.id.desc())
    )
    return [{"时间": clock.local_stamp(at), "商品": title, "提问": text} for at, title, text in rows]


def answers_to_take(user_id: int) -> list[dict[str, str]]:
    """What a member answered, newest first, for the same file."""
    rows = db.session.execute(
        select(Answer.answered_at, Listing.title, Question.text, Answer.text)
        .join(Question, Question.id == Answer.question_id)
        .join(Listing, Listing.id == Question.listing_id)
        .where(Answer.user_id == user_id)
        .order_by(Answer.id.desc())
    )
    return [
        {"时间": clock.local_stamp(at), "商品": title, "提问": question, "回答": text}
        for at, title, question, text in rows
    ]
