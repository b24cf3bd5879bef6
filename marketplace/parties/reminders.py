"""The daily look at dates: papers that run out, verifications that fall due. Each reminder is sent once, by its key, so
the job may run as often as it likes."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.models import Message
from marketplace.messages.topics import Topic
from marketplace.parties import queries
from marketplace.parties.models import Supplier, SupplierPaper
from marketplace.parties.paper_queries import in_use_clause
from marketplace.parties.rules import PaperKind
from marketplace.parties.standing_rules import nearest
from marketplace.parties.supplier_parameters import VERIFY_AHEAD_DAYS, paper_days
from marketplace.parties.workflow import SupplierState

_KEYS_AT_ONCE = 400


def remind() -> int:
    """Papers and verifications; returns how many people were told something."""
    return remind_of_papers() + remind_of_verifications()


def _not_told(keys: Iterable[str]) -> set[str]:
    """Of these keys those under which nobody was told anything."""
    wanted = sorted(set(keys))
    told: set[str] = set()
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        some = wanted[start : start + _KEYS_AT_ONCE]
        told |= {
            key
            for key in db.session.scalars(select(Message.key).where(Message.key.in_(some)).distinct())
            if key
        }
    return set(wanted) - told


def remind_of_papers() -> int:
    """60, 30 and 7 days before the end of a paper in use, and on the day: its supplier's owners and staff.

    After a pause of the worker only the nearest reminder is sent, never three at once.
    """
    today, thresholds = clock.today(), paper_days()
    rows = db.session.execute(
        select(
            SupplierPaper.id,
            SupplierPaper.supplier_id,
            SupplierPaper.kind,
            SupplierPaper.expires_on,
        )
        .join(Supplier, Supplier.id == SupplierPaper.supplier_id)
        .where(
            Supplier.state.in_((SupplierState.APPROVED, SupplierState.SUSPENDED)),
            SupplierPaper.expires_on.between(
                today - timedelta(days=max(thresholds)), today + timedelta(days=max(thresholds))
            ),
            in_use_clause(),
        )
    ).all()
    due = {
        f"paper:{paper_id}:{step}": (supplier_id, kind, ends)
        for paper_id, supplier_id, kind, ends in rows
        if ends is not None
        for step in [nearest((ends - today).days, thresholds)]
        if step is not None
    }
    return sum(_tell_of_paper(key, *due[key], today) for key in sorted(_not_told(due)))


@transactional
def _tell_of_paper(key: str, supplier_id: int, kind: PaperKind, ends: date, today: date) -> int:
    left = (ends - today).days
    word = f"还有 {left} 天到期" if left > 0 else "今天到期" if left == 0 else "已经过期"
    return tell(
        Topic.PAPERS,
        queries.members_of(supplier_id),
        f"{kind.label}{word}",
        "过期前换证、传新的；过期后留一段宽限期，再不换，平台可能暂停您的店。",
        endpoint="supplier.papers",
        key=key,
    )


def remind_of_verifications() -> int:
    """Ahead of the regular verification, and once it is overdue: the owners and staff."""
    today, ahead = clock.today(), VERIFY_AHEAD_DAYS.get()
    rows = db.session.execute(
        select(Supplier.id, Supplier.name, Supplier.verify_due_on).where(
            Supplier.state == SupplierState.APPROVED,
            Supplier.reattested_at.is_(None),
            Supplier.verify_due_on <= today + timedelta(days=ahead),
        )
    ).all()
    due = {
        f"verify:{supplier_id}:{ends:%Y%m%d}:{'late' if ends < today else 'ahead'}": (supplier_id, name, ends)
        for supplier_id, name, ends in rows
        if ends is not None
    }
    return sum(_tell_of_verification(key, *due[key], today) for key in sorted(_not_told(due)))


@transactional
def _tell_of_verification(key: str, supplier_id: int, name: str, ends: date, today: date) -> int:
    is_late = ends < today
    told: Collection[int] = queries.members_of(supplier_id)
    return tell(
        Topic.ADMISSION,
        told,
        f"{name}：半年复核{'已经逾期' if is_late else '快到期了'}",
        f"{'请尽快' if is_late else f'{ends.month} 月 {ends.day} 日前'}看一遍资料和证照，没有变就点确认，有变就先改。",
        endpoint="supplier.verification",
        key=key,
    )
