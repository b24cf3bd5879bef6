"""A post changes hands: role, work in progress and one's own wordings go to the successor in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from certification.applications.models import Application
from certification.applications.rules import LEVEL_OF_STATE
from certification.notices.models import Objection
from certification.notices.workflow import ObjectionState
from certification.products.models import DeclaredProduct
from certification.reviews.models import Handover, OpinionTemplate
from certification.reviews.scope import objection as has_part
from marketplace.accounts.commands import grant_role, revoke_role
from marketplace.accounts.models import Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names, find_user_id, load_actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.regions.queries import get_region, names_of, within

NOTE_MIN = 4


@dataclass(frozen=True, slots=True)
class OpenWork:
    """``barred``: the successor has a part in it or has spoken at another level, so somebody else must decide."""

    application_id: int
    number: str | None
    product_name: str
    barred: bool


@dataclass(frozen=True, slots=True)
class HandoverRow:
    region: str
    from_name: str
    to_name: str
    open_count: int
    note: str
    at: datetime


def _assignment(user_id: int, region_code: str) -> RoleAssignment | None:
    return db.session.scalar(
        select(RoleAssignment).where(
            RoleAssignment.user_id == user_id,
            RoleAssignment.role == Role.OFFICIAL,
            RoleAssignment.scope_kind == ScopeKind.REGION,
            RoleAssignment.scope_id == region_code,
            RoleAssignment.revoked_at.is_(None),
        )
    )


def find_successor(identifier: str) -> int:
    """An enabled account by login or mobile number. Raises InvalidInput at ``successor``."""
    user_id = find_user_id(identifier.strip())
    if user_id is None or not db.session.scalar(select(User.is_enabled).where(User.id == user_id)):
        raise InvalidInput("handover.unknown", field="successor")
    return user_id


def open_work(region_code: str, successor_id: int | None = None) -> list[OpenWork]:
    """What waits for exactly the level of a region, most urgent first."""
    region = get_region(region_code)
    states = [state for state, level in LEVEL_OF_STATE.items() if level == region.level]
    rows = db.session.execute(
        select(Application, DeclaredProduct.name)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(Application.state.in_(states), within(Application.region_code, region))
        .order_by(Application.deadline_on, Application.id)
        .limit(500)
    ).all()
    successor = load_actor(successor_id) if successor_id is not None else None
    return [
        OpenWork(
            each.id,
            each.number,
            product,
            successor is not None and has_part(successor, each, region.level) is not None,
        )
        for each, product in rows
    ]


@transactional
def hand_over(actor: Actor, from_user_id: int, region_code: str, to_user_id: int, note: str) -> int:
    """Take the post from one person and give it to another; returns the hand-over's id.

    By the official concerned or an admin, else Forbidden. Raises NotFound where the person does not hold the post,
    InvalidInput at ``successor`` or ``note``.
    """
    if actor.user_id != from_user_id and not actor.has_role(Role.ADMIN):
        raise Forbidden
    assignment = _assignment(from_user_id, region_code)
    if assignment is None:
        raise NotFound
    if to_user_id == from_user_id:
        raise InvalidInput("handover.same_person", field="successor")
    if len(note.strip()) < NOTE_MIN:
        raise InvalidInput("handover.note", field="note")
    waiting = open_work(region_code)
    moved = _move_work(from_user_id, to_user_id, region_code)
    reason = f"工作交接：{note.strip()[:200]}"
    grant_role(to_user_id, Role.OFFICIAL, ScopeKind.REGION, region_code, actor.user_id, reason)
    revoke_role(assignment.id, actor.user_id, reason)
    _copy_templates(from_user_id, to_user_id)
    handover = Handover(
        region_code=region_code,
        from_user_id=from_user_id,
        to_user_id=to_user_id,
        open_count=len(waiting) + moved,
        note=note.strip()[:1000],
        at=clock.now(),
        by=actor.user_id,
    )
    db.session.add(handover)
    db.session.flush()
    audit.record(
        actor.user_id,
        "reviews.hand_over",
        "handover",
        handover.id,
        {"region": region_code, "from": from_user_id, "to": to_user_id},
    )
    place = names_of({region_code}).get(region_code, "")
    tell(
        Topic.REVIEW,
        [to_user_id],
        f"您接手了{place}的审核",
        f"在办 {len(waiting)} 件。{note.strip()[:200]}",
        endpoint="review.home",
    )
    tell(Topic.REVIEW, [from_user_id], f"{place}的审核已经交接", "在办的件已转给接手的人。")
    return handover.id


def _move_work(from_user_id: int, to_user_id: int, region_code: str) -> int:
    """What the person had in hand there; returns how many objections moved."""
    region = get_region(region_code)
    db.session.execute(
        update(Application)
        .where(Application.handled_by == from_user_id, within(Application.region_code, region))
        .values(handled_by=to_user_id)
        .execution_options(synchronize_session=False)
    )
    # an objection goes back to the list: whether the successor took no part is looked at when it is taken up
    moved = db.session.execute(
        update(Objection)
        .where(
            Objection.handler_id == from_user_id,
            Objection.state == ObjectionState.HANDLING,
            within(Objection.region_code, region),
        )
        .values(handler_id=None, taken_up_at=None, state=ObjectionState.LODGED)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(moved, "rowcount", 0))


def _copy_templates(from_user_id: int, to_user_id: int) -> None:
    have = set(db.session.scalars(select(OpinionTemplate.text).where(OpinionTemplate.user_id == to_user_id)))
    db.session.add_all(
        OpinionTemplate(
            user_id=to_user_id, level=row.level, decision=row.decision, text=row.text, added_at=clock.now()
        )
        for row in db.session.scalars(
            select(OpinionTemplate).where(OpinionTemplate.user_id == from_user_id)
        ).all()
        if row.text not in have
    )


def handovers_of(region_codes: list[str], limit: int = 50) -> list[HandoverRow]:
    """Newest first. Three queries."""
    if not region_codes:
        return []
    rows = db.session.scalars(
        select(Handover)
        .where(or_(*(Handover.region_code == code for code in region_codes)))
        .order_by(Handover.id.desc())
        .limit(limit)
    ).all()
    names = display_names({each for row in rows for each in (row.from_user_id, row.to_user_id)})
    places = names_of({row.region_code for row in rows})
    return [
        HandoverRow(
            places.get(row.region_code, ""),
            names.get(row.from_user_id, ""),
            names.get(row.to_user_id, ""),
            row.open_count,
            row.note,
            row.at,
        )
        for row in rows
    ]
