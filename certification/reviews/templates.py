"""Wordings for opinions: a few to begin with, and each official's own."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from certification.reviews.models import OpinionTemplate
from certification.reviews.rules import Decision
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional

_FILE = Path(__file__).parent / "data" / "opinion_templates.json"
LEVELS = ("village", "town", "county", "city")
TEXT_MIN, TEXT_MAX, MOST = 4, 300, 50


@dataclass(frozen=True, slots=True)
class Wording:
    """``id`` None: one that comes with the platform."""

    id: int | None
    level: str
    decision: Decision
    text: str


@cache
def _built_in() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return found


def wordings(user_id: int, level: str) -> list[Wording]:
    """An official's own first, then the platform's. One query."""
    own = db.session.scalars(
        select(OpinionTemplate)
        .where(OpinionTemplate.user_id == user_id, OpinionTemplate.level == level)
        .order_by(OpinionTemplate.id)
    )
    found = [Wording(row.id, row.level, row.decision, row.text) for row in own]
    for decision, texts in _built_in().get(level, {}).items():
        found += [Wording(None, level, Decision(decision), text) for text in texts]
    return found


@transactional
def add_wording(actor: Actor, level: str, decision: Decision, text: str) -> int:
    """Keep an own wording. Raises InvalidInput at ``level`` or ``text``, Conflict when there are too many."""
    if level not in LEVELS:
        raise InvalidInput("templates.level", field="level")
    if not TEXT_MIN <= len(text.strip()) <= TEXT_MAX:
        raise InvalidInput("templates.text", field="text", minimum=TEXT_MIN, maximum=TEXT_MAX)
    have = db.session.scalar(select(func.count()).where(OpinionTemplate.user_id == actor.user_id)) or 0
    if have >= MOST:
        raise Conflict("templates.too_many", maximum=MOST)
    row = OpinionTemplate(
        user_id=actor.user_id, level=level, decision=decision, text=text.strip(), added_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    return row.id


@transactional
def remove_wording(actor: Actor, template_id: int) -> None:
    """Raises NotFound for another's."""
    row = db.session.get(OpinionTemplate, template_id)
    if row is None or row.user_id != actor.user_id:
        raise NotFound
    db.session.delete(row)


def wordings_to_take(user_id: int) -> list[dict[str, str]]:
    """An official's own, for the file of their own data."""
    rows = db.session.scalars(
        select(OpinionTemplate).where(OpinionTemplate.user_id == user_id).order_by(OpinionTemplate.id)
    )
    return [{"时间": clock.written(row.added_at), "意见": row.text} for row in rows]


def forget_member(user_id: int) -> None:
    """Of an account that closes, in its transaction."""
    db.session.execute(delete(OpinionTemplate).where(OpinionTemplate.user_id == user_id))
