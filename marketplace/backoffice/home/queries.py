"""The platform's day. Amounts are fen, straight from the ledger's postings."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from certification.applications.models import Application
from certification.applications.rules import LEVEL_OF_STATE
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import Household
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import AccountKind, EntryKind
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.models import TransferProof
from orders.payments.workflow import ProofState


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when or which day the first of them."""

    count: int
    first: datetime | date | None


def proofs_to_check() -> Waiting:
    """Transfer proofs that finance has not looked at."""
    count, oldest = db.session.execute(
        select(func.count(), func.min(TransferProof.submitted_at)).where(
            TransferProof.state == ProofState.SUBMITTED
        )
    ).one()
    return Waiting(count, oldest)


def overdue_reviews() -> Waiting:
    """Applications that lie with an office past its deadline."""
    count, first = db.session.execute(
        select(func.count(), func.min(Application.deadline_on)).where(
            Application.state.in_(list(LEVEL_OF_STATE)), Application.deadline_on < clock.today()
        )
    ).one()
    return Waiting(count, first)


def overdue_parcels() -> Waiting:
    """Paid orders that no parcel has left for within the time allowed."""
    deadline = clock.now() - timedelta(hours=SHIP_WITHIN_HOURS.get())
    count, first = db.session.execute(
        select(func.count(), func.min(Order.paid_at)).where(
            Order.state == OrderState.RELEASED, Order.paid_at <= deadline, Order.visit_on.is_(None)
        )
    ).one()
    return Waiting(count, first)
