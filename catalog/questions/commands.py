"""Asking, answering, hiding with a reason and showing again. Nothing deletes or rewrites."""

from typing import Any

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.products.workflow import ListingState
from catalog.questions import rules
from catalog.questions.models import Answer, Question, QuestionHiding
from catalog.reviews.commands import count_question
from catalog.reviews.rules import LONGEST_REASON, SHORTEST_REASON, Fault, said, shown_name
from marketplace.accounts.models import Role, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import sellers_of
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic


@transactional
def ask(actor: Actor, listing_id: int, text: str) -> int:
    """Returns the question. Raises NotFound for a draft, Conflict for one's own goods, InvalidInput."""
    listing = db.session.get(Listing, listing_id)
    if listing is None or listing.state is ListingState.DRAFT:
        raise NotFound
    if actor.acts_for_supplier(listing.supplier_id):
        raise Conflict("questions.own_goods")
    question = Question(
        listing_id=listing_id,
        user_id=actor.user_id,
        shown_name=_name(actor),
        text=_checked(text, rules.SHORTEST, rules.LONGEST),
        asked_at=clock.now(),
    )
    db.session.add(question)
    db.session.flush()
    count_question(listing_id)
    audit.record(actor.user_id, "question.ask", "question", question.id)
    tell(
        Topic.AFTER_SALES,
        sellers_of(listing.supplier_id),
        f"有人提问：{listing.title}",
        "答得早，看的人都放心。",
        endpoint="supplier.questions",
        key=f"question-{question.id}-asked",
    )
    return question.id


@transactional
def answer(actor: Actor, listing_id: int, question_id: int, text: str, *, received: bool) -> None:
    """In the seller's name by whoever acts for it, else by somebody who received the goods (the caller says so).

    Raises NotFound where the listing has no such question to be read, Conflict for anybody else and for a second
    answer, InvalidInput.
    """
    question = _locked(question_id)
    hiding = db.session.get(QuestionHiding, question_id)
    if question.listing_id != listing_id or (hiding is not None and hiding.fault is not None):
        raise NotFound
    by_supplier = actor.acts_for_supplier(db.session.get_one(Listing, listing_id).supplier_id)
    if not by_supplier and not received:
        raise Conflict("questions.not_received")
    before = select(Answer.id).where(Answer.question_id == question_id, Answer.user_id == actor.user_id)
    if db.session.scalar(before) is not None:
        raise Conflict("questions.answered_already")
    row = Answer(
        question_id=question_id,
        user_id=actor.user_id,
        by_supplier=by_supplier,
        shown_name=rules.SELLER if by_supplier else _name(actor),
        text=_checked(text, rules.SHORTEST_ANSWER, rules.LONGEST_ANSWER),
        answered_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor.user_id, "question.answer", "question", question_id)
    _tell_asker(question, actor, "您的提问有人回答了", "在商品的问答页看得到。", f"answer-{row.id}")


@transactional
def hide(actor: Actor, question_id: int, fault: Fault, reason: str) -> None:
    """The question and its answers are read by nobody but admins, and the page says why. Raises NotFound unless an
    admin asks, Conflict ``questions.own_case`` and ``questions.hidden_already``, InvalidInput."""
    question, hiding = _judged(actor, question_id)
    if hiding.fault is not None:
        raise Conflict("questions.hidden_already")
    hiding.reason = _reason(reason)
    hiding.fault, hiding.hidden_at, hiding.hidden_by = fault, clock.now(), actor.user_id
    audit.record(
        actor.user_id, "question.hide", "question", question_id, {"kind": fault.value}, hiding.reason
    )
    key = f"hide-{clock.now().isoformat()}"
    _tell_asker(question, actor, "您的一个提问被隐藏了", f"平台写的理由：{hiding.reason}", key)


@transactional
def show_again(actor: Actor, question_id: int, reason: str) -> None:
    """Undo ``hide``. Raises NotFound, Conflict ``questions.own_case`` and ``questions.not_hidden``, InvalidInput."""
    _, hiding = _judged(actor, question_id)
    if hiding.fault is None:
        raise Conflict("questions.not_hidden")
    hiding.fault, hiding.hidden_at, hiding.hidden_by, hiding.reason = None, None, None, ""
    audit.record(actor.user_id, "question.show", "question", question_id, None, _reason(reason))


def _judged(actor: Actor, question_id: int) -> tuple[Question, QuestionHiding]:
    if not actor.has_role(Role.ADMIN):
        raise NotFound
    question = _locked(question_id)
    supplier_id = db.session.get_one(Listing, question.listing_id).supplier_id
    if question.user_id == actor.user_id or actor.acts_for_supplier(supplier_id):
        raise Conflict("questions.own_case")
    hiding = db.session.get(QuestionHiding, question_id, populate_existing=True)
    if hiding is None:
        hiding = QuestionHiding(question_id=question_id)
        db.session.add(hiding)
    return question, hiding


def _locked(question_id: int) -> Question:
    found = db.session.scalars(select(Question).where(Question.id == question_id).with_for_update()).first()
    if found is None:
        raise NotFound
    return found


def _name(actor: Actor) -> str:
    return shown_name(db.session.get_one(User, actor.user_id).display_name, anonymous=False)


def _checked(text: str, shortest: int, longest: int) -> str:
    cleaned = said(text)
    if not shortest <= len(cleaned) <= longest:
        raise InvalidInput("reviews.text", field="text", shortest=shortest, longest=longest)
    return cleaned


def _reason(text: str) -> str:
    cleaned = said(text)
    if not SHORTEST_REASON <= len(cleaned) <= LONGEST_REASON:
        raise InvalidInput("reviews.reason", field="reason")
    return cleaned


def _tell_asker(question: Question, actor: Actor, title: str, text: str, what: str) -> None:
    params: dict[str, Any] = {"listing_id": question.listing_id}
    if question.user_id != actor.user_id:
        key = f"question-{question.id}-{what}"[:80]
        tell(
            Topic.AFTER_SALES,
            [question.user_id],
            title,
            text,
            endpoint="questions.index",
            params=params,
            key=key,
        )
