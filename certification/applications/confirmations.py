"""The households of an application and their villages' word on them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from certification.applications.models import Application, HouseholdConfirmation
from certification.applications.rules import LEVEL_OF_STATE, ApplicationKind, ConfirmationAnswer
from certification.applications.steps import take_step
from certification.applications.workflow import ApplicationState
from certification.linkage.queries import members_villages, terms_of
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, IllegalTransition, NotFound


def open_confirmations(application: Application) -> None:
    """Bring the rows in line with the agreement.

    Households that are new, moved, refused or bound by other terms than the village was asked about are asked again;
    confirmed ones stay confirmed.
    """
    if application.agreement_id is None:
        raise Conflict("applications.incomplete", count=1, codes=["agreement"])
    villages = members_villages(application.agreement_id)
    questions = questions_of(application.agreement_id)
    rows = db.session.scalars(
        select(HouseholdConfirmation).where(HouseholdConfirmation.application_id == application.id)
    ).all()
    for row in rows:
        village = villages.pop(row.household_id, None)
        if village is None:
            db.session.delete(row)
            continue
        question = questions[row.household_id]
        changed = row.village_code != village or row.asked != question
        if changed or row.answer is ConfirmationAnswer.REFUSED:
            row.answer, row.note, row.answered_by, row.answered_at = None, "", None, None
            row.village_code, row.asked = village, question
    earlier = _confirmed_before(application)
    db.session.add_all(
        _asked_anew(application, household, village, questions[household], earlier.get(household))
        for household, village in villages.items()
    )
    db.session.flush()
    _pass_when_confirmed(application, None)


def _confirmed_before(application: Application) -> dict[int, HouseholdConfirmation]:
    """What villages confirmed in the application a renewal or change goes on from, by household."""
    if application.kind is ApplicationKind.FIRST or application.copied_from_id is None:
        return {}
    rows = db.session.scalars(
        select(HouseholdConfirmation).where(
            HouseholdConfirmation.application_id == application.copied_from_id,
            HouseholdConfirmation.answer == ConfirmationAnswer.CONFIRMED,
        )
    )
    return {row.household_id: row for row in rows}


def _asked_anew(
    application: Application,
    household_id: int,
    village: str,
    question: dict[str, Any],
    earlier: HouseholdConfirmation | None,
) -> HouseholdConfirmation:
    """A village's word stays where the household still lives there and its terms are word for word the same."""
    row = HouseholdConfirmation(
        application_id=application.id, household_id=household_id, village_code=village, asked=question
    )
    if earlier is not None and (earlier.village_code, earlier.asked) == (village, question):
        row.answer = earlier.answer
        row.note = "条款没有变，沿用上次确认"
        row.answered_by, row.answered_at = earlier.answered_by, earlier.answered_at
    return row


def all_carried_over(application: Application) -> bool:
    """Whether every household of the agreement was confirmed before under these very terms: then a renewal is short."""
    if application.kind is not ApplicationKind.RENEWAL or application.agreement_id is None:
        return False
    villages = members_villages(application.agreement_id)
    questions = questions_of(application.agreement_id)
    earlier = _confirmed_before(application)
    return bool(villages) and all(
        household in earlier
        and (earlier[household].village_code, earlier[household].asked) == (village, questions[household])
        for household, village in villages.items()
    )


def questions_of(agreement_id: int) -> dict[int, dict[str, Any]]:
    """What each household's village is asked about: the terms, and the household's part in them."""
    agreed = terms_of([agreement_id])[agreement_id]
    # figures of modes that came later are added only where they say something: older questions stay the same
    terms = [
        [term.mode.value, term.share_bp, term.sponsor_fee_fen, *([term.unit_fen] if term.unit_fen else [])]
        for term in agreed.terms
    ]
    return {
        each.household_id: {
            "terms": terms,
            "shares": each.shares,
            **({"mu_hundredths": each.mu_hundredths} if each.mu_hundredths else {}),
        }
        for each in agreed.members
    }


def question_mark(asked: Mapping[str, Any]) -> str:
    """What a page was showing when it asked: another one once the terms or the household's part in them are others."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def answer(
    application: Application,
    household_id: int,
    confirmed: bool,
    note: str,
    actor_id: int,
    question: str | None = None,
) -> None:
    """Keep a village's word on one household. While the village has the application, whoever gave it can put a slip of
    the thumb right; afterwards, and by others, what was said stays. The caller has checked whose village it is.

    ``question``: the mark of what was read; Conflict when the applicant has changed that since. IllegalTransition when
    the application has left the levels meanwhile.
    """
    # two villages that answer the last two households at once must see each other, or nobody sends it on
    db.session.refresh(application, with_for_update=True)
    if application.state not in LEVEL_OF_STATE:
        raise IllegalTransition(application.state, "answer_household")
    if question is not None and question != _asked_now(application.id, household_id):
        raise Conflict("reviews.question_changed")
    may_change: ColumnElement[bool] = HouseholdConfirmation.answer.is_(None)
    if application.state is ApplicationState.VILLAGE_CONFIRMATION:
        may_change |= HouseholdConfirmation.answered_by == actor_id
    answered = db.session.execute(
        update(HouseholdConfirmation)
        .where(
            HouseholdConfirmation.application_id == application.id,
            HouseholdConfirmation.household_id == household_id,
            may_change,
        )
        .values(
            answer=ConfirmationAnswer.CONFIRMED if confirmed else ConfirmationAnswer.REFUSED,
            note=note.strip()[:200],
            answered_by=actor_id,
            answered_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )
    if getattr(answered, "rowcount", 0) != 1:
        raise Conflict("reviews.household_answered")
    _pass_when_confirmed(application, actor_id)


def _asked_now(application_id: int, household_id: int) -> str:
    asked = db.session.scalar(
        select(HouseholdConfirmation.asked).where(
            HouseholdConfirmation.application_id == application_id,
            HouseholdConfirmation.household_id == household_id,
        )
    )
    return question_mark(asked or {})


def unconfirmed(application_id: int) -> int:
    """How many households no village has confirmed."""
    confirmed = HouseholdConfirmation.answer == ConfirmationAnswer.CONFIRMED
    total, good = db.session.execute(
        select(func.count(), func.count().filter(confirmed)).where(
            HouseholdConfirmation.application_id == application_id
        )
    ).one()
    return int(total) - int(good)


def village_of(application_id: int, household_id: int) -> str:
    """The village asked about a household. Raises NotFound when it is no household of the application."""
    village = db.session.scalar(
        select(HouseholdConfirmation.village_code).where(
            HouseholdConfirmation.application_id == application_id,
            HouseholdConfirmation.household_id == household_id,
        )
    )
    if village is None:
        raise NotFound
    return village


def _pass_when_confirmed(application: Application, actor_id: int | None) -> None:
    if application.state is not ApplicationState.VILLAGE_CONFIRMATION:
        return
    if unconfirmed(application.id) == 0:
        take_step(application, "pass_village", actor_id, "联结农户已逐户确认")
