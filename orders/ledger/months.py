"""Closing a month: its sums are kept, and from then on the database refuses entries dated in it (migration 0007).

What turns out wrong later is corrected by an entry of today; the closed month stays as it was shown.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select, text

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.clock import local_date, local_day_start
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from orders.ledger.models import ClosedMonth, ClosedMonthSum, JournalEntry, Posting
from orders.ledger.rules import AccountKind, IncomeState


def bounds(month: str) -> tuple[datetime, datetime]:
    """The first moment of ``2026-11`` and of the month after, in Asia/Shanghai. Raises InvalidInput ``months.form``."""
    try:
        first = date.fromisoformat(f"{month}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return local_day_start(first), local_day_start(after)
    except (ValueError, OverflowError) as error:  # the calendar's first and last month end in no moment
        raise InvalidInput("months.form", field="month") from error


def month_of(moment: datetime) -> str:
    return local_date(moment).strftime("%Y-%m")


def next_month(month: str) -> str:
    return month_of(bounds(month)[1])


def first_open_month() -> str | None:
    """The month to be closed next; None while the books are empty."""
    last = db.session.scalar(select(func.max(ClosedMonth.month)))
    if last is not None:
        return next_month(last)
    first = db.session.scalar(select(func.min(JournalEntry.at)))
    return month_of(first) if first is not None else None


@transactional
def close_month(actor: Actor, month: str) -> None:
    """Finance shuts a month that is over; months are shut one after the other.

    The caller has run the self-check. Raises NotFound for anybody else, Conflict ``months.not_over``,
    ``months.not_next`` (also for the second of two at once).
    """
    if not actor.has_role(Role.FINANCE):
        raise NotFound
    close(month, actor.user_id)


@transactional
def close(month: str, by: int | None) -> None:
    """``close_month`` for whoever has been allowed to."""
    starts_at, ends_at = bounds(month)
    if ends_at > clock.now():
        raise Conflict("months.not_over")
    _wait_for_entries_under_way()
    if month != first_open_month():
        raise Conflict("months.not_next")
    entries = db.session.scalar(
        select(func.count())
        .select_from(JournalEntry)
        .where(JournalEntry.at >= starts_at, JournalEntry.at < ends_at)
    )
    db.session.add(
        ClosedMonth(
            month=month,
            starts_at=starts_at,
            ends_at=ends_at,
            entries=entries or 0,
            closed_by=by,
            closed_at=clock.now(),
        )
    )
    db.session.flush()
    db.session.add_all(
        ClosedMonthSum(
            month=month,
            account_kind=each.kind,
            income_state=each.state.value if each.state else "",
            debit_fen=each.debit_fen,
            credit_fen=each.credit_fen,
        )
        for each in _moved(Posting.at >= starts_at, Posting.at < ends_at)
    )
    db.session.flush()
    audit.record(by, "ledger.close_month", "month", month, {"entries": entries})


def _wait_for_entries_under_way() -> None:
    """An entry may be dated before midnight and committed after it. PostgreSQL: have those that are written committed,
    and let no other be written until the month is shut, when the trigger sees it; who else shuts a month waits, too.
    SQLite has one writer at a time."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE journal_entries IN SHARE ROW EXCLUSIVE MODE"))


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved on accounts of one kind, in fen, both positive."""

    kind: AccountKind
    state: IncomeState | None
    debit_fen: int
    credit_fen: int


def _sum(criterion: ColumnElement[bool], sign: int) -> ColumnElement[int]:
    amount = case((criterion, sign * cast(Posting.fen, BigInteger)), else_=0)
    return func.coalesce(func.sum(amount), 0)


def _moved(*criteria: ColumnElement[bool]) -> list[Moved]:
    rows = db.session.execute(
        select(
            Posting.account_kind,
            Posting.income_state,
            _sum(Posting.fen > 0, 1),
            _sum(Posting.fen < 0, -1),
        )
        .where(*criteria)
        .group_by(Posting.account_kind, Posting.income_state)
    )
    return [Moved(AccountKind(kind), state, int(debit), int(credit)) for kind, state, debit, credit in rows]


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One kind of account in a month, in fen, debit +; ``closing_fen`` = opening + debit − credit."""

    kind: AccountKind
    state: IncomeState | None
    opening_fen: int
    debit_fen: int
    credit_fen: int

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + self.debit_fen - self.credit_fen


Key = tuple[AccountKind, IncomeState | None]


def trial_balance(month: str) -> list[BalanceRow]:
    """科目余额表 of a month, by kind of account. What closed months moved is read from their sums. Three queries."""
    starts_at, ends_at = bounds(month)
    opening: dict[Key, int] = {}
    closed_until = _closed_before(starts_at, opening)
    if closed_until is None or closed_until < starts_at:
        since = [] if closed_until is None else [Posting.at >= closed_until]
        for each in _moved(Posting.at < starts_at, *since):
            key = (each.kind, each.state)
            opening[key] = opening.get(key, 0) + each.debit_fen - each.credit_fen
    moved = {(each.kind, each.state): each for each in _moved(Posting.at >= starts_at, Posting.at < ends_at)}
    found = []
    for key in sorted(opening.keys() | moved.keys(), key=_order):
        in_month = moved.get(key) or Moved(*key, 0, 0)
        row = BalanceRow(*key, opening.get(key, 0), in_month.debit_fen, in_month.credit_fen)
        if row.opening_fen or row.debit_fen or row.credit_fen:
            found.append(row)
    return found


def _order(key: Key) -> tuple[int, int]:
    return list(AccountKind).index(key[0]), list(IncomeState).index(key[1]) if key[1] else -1


def _closed_before(moment: datetime, opening: dict[Key, int]) -> datetime | None:
    """Adds what closed months before ``moment`` moved; until when that reaches, None where none is closed."""
    rows = db.session.execute(
        select(
            ClosedMonthSum.account_kind,
            ClosedMonthSum.income_state,
            func.sum(ClosedMonthSum.debit_fen - ClosedMonthSum.credit_fen),
            func.max(ClosedMonth.ends_at),
        )
        .join(ClosedMonth, ClosedMonth.month == ClosedMonthSum.month)
        .where(ClosedMonth.ends_at <= moment)
        .group_by(ClosedMonthSum.account_kind, ClosedMonthSum.income_state)
    ).all()
    for kind, state, fen, _ in rows:
        key = (AccountKind(kind), IncomeState(state) if state else None)
        opening[key] = opening.get(key, 0) + int(fen)
    return db.session.scalar(select(func.max(ClosedMonth.ends_at)).where(ClosedMonth.ends_at <= moment))


@dataclass(frozen=True, slots=True)
class MonthRow:
    month: str
    entries: int
    closed_at: datetime
    closed_by: int | None


def closed_months() -> list[MonthRow]:
    """Newest first."""
    rows = db.session.execute(
        select(ClosedMonth.month, ClosedMonth.entries, ClosedMonth.closed_at, ClosedMonth.closed_by).order_by(
            ClosedMonth.month.desc()
        )
    )
    return [MonthRow(*row) for row in rows]
