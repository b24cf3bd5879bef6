"""The platform's day. Amounts are fen, straight from the ledger's postings."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.outbox import OutboxMessage
from marketplace.parties.models import Household
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import AccountKind, EntryKind
from orders.ordering.models import Order

TRIED_TOO_OFTEN = 3


@dataclass(frozen=True, slots=True)
class Day:
    """``sold_fen`` is what buyers paid less what went back; ``income_fen`` what it brings households."""

    orders: int
    sold_fen: int
    income_fen: int


def day_since(since: datetime) -> Day:
    rows = db.session.execute(
        select(Posting.account_kind, func.sum(Posting.fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            Posting.at >= since,
            Posting.account_kind.in_((AccountKind.FUNDS, AccountKind.HOUSEHOLD_COST)),
            JournalEntry.kind.in_((EntryKind.SALE, EntryKind.REFUND)),
        )
        .group_by(Posting.account_kind)
    )
    sums = {kind: int(fen) for kind, fen in rows}
    orders = db.session.scalar(select(func.count()).select_from(Order).where(Order.paid_at >= since)) or 0
    return Day(orders, sums.get(AccountKind.FUNDS, 0), sums.get(AccountKind.HOUSEHOLD_COST, 0))


def household_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Household)) or 0


def stuck_messages() -> tuple[int, str | None]:
    """How many outbox messages failed again and again, and the topic of one."""
    count, topic = db.session.execute(
        select(func.count(), func.min(OutboxMessage.topic)).where(
            OutboxMessage.done_at.is_(None),
            OutboxMessage.attempts >= TRIED_TOO_OFTEN,
            OutboxMessage.created_at < clock.now(),
        )
    ).one()
    return count, topic
