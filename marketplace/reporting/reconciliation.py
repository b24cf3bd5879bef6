"""Do the totals say what the ledger says? Every one of them, by dimension, level, region, key and period."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_, select, union_all

from marketplace.kernel import audit, clock
from marketplace.kernel.clock import local_date, local_day_start
from marketplace.kernel.db import db
from marketplace.kernel.money import format_yuan
from marketplace.kernel.transaction import snapshot, transactional
from marketplace.regions.queries import names_of
from marketplace.regions.rules import RegionLevel, place_name
from marketplace.reporting.dimensions import MEASURES, POSITION, Dimension
from marketplace.reporting.facts import COUNTED, Sale, read_lines, read_postings
from marketplace.reporting.folding import HouseholdKey, Sums, TotalKey, blank, fold
from marketplace.reporting.models import BookCheck, HouseholdTotal, PeriodTotal, WaitingEntry
from marketplace.reporting.pairings import stale_pairings
from marketplace.reporting.rules import month_of
from marketplace.reporting.words import DIMENSION_WORDS, MEASURE_WORDS
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import FEE_KINDS, GOODS_KINDS, AccountKind, EntryKind, IncomeState
from orders.ledger.verification import Finding, verify

RULE = "I11"
#: the most findings that are kept in words
NAMED = 200
#: a ledger this small is checked while the page is made, when nobody has checked it yet
SMALL = 2_000
Key = TypeVar("Key", TotalKey, HouseholdKey)
Value = TypeVar("Value", Sums, int)
_WAITING = select(WaitingEntry.entry_id)
_FIRST_MONTH, _LAST_MONTH = 100_000, 999_999
_TOTALS = [getattr(PeriodTotal, name) for name in MEASURES]


@dataclass(frozen=True, slots=True)
class Verified:
    """What ``verify_totals`` looked at, and every row that differs: none in sound books."""

    findings: list[Finding]
    totals: int


def verify_totals() -> Verified:
    """Compare every stored total with the ledger, in one snapshot. Month by month, so that memory stays small."""
    findings: list[Finding] = []
    looked_at = 0
    with snapshot():
        for month in _months():
            found, count = _differing_days(month)
            findings += found
            looked_at += count
        findings += [*_differing_periods(), *_differing_sums()]
        findings += [
            Finding(RULE, f"line {line_id}", f"订单行 {line_id} 记在了不该记的结对上")
            for line_id in stale_pairings()
        ]
    return Verified(findings, looked_at)


def _months() -> list[date]:
    """First days of the months that have sales or totals."""
    moments: Any = db.session.execute(
        select(func.min(Sale.at), func.max(Sale.at)).where(Sale.kind == EntryKind.SALE)
    ).one()
    first, last = moments
    stored = db.session.scalars(
        select(PeriodTotal.period)
        .where(PeriodTotal.period.between(_FIRST_MONTH, _LAST_MONTH), PeriodTotal.dimension == Dimension.ALL)
        .distinct()
    ).all()
    months = {date(period // 100, period % 100, 1) for period in stored}
    if first is not None:
        month = local_date(first).replace(day=1)
        while month <= local_date(last):
            months.add(month)
            month = month_of(month).end + timedelta(days=1)
    return sorted(months)


def _differing_days(month: date) -> tuple[list[Finding], int]:
    end = month_of(month).end
    paid = select(Sale.order_id).where(
        Sale.kind == EntryKind.SALE,
        Sale.at >= local_day_start(month),
        Sale.at < local_day_start(end + timedelta(days=1)),
    )
    postings = read_postings(Posting.order_id.in_(paid), Posting.entry_id.not_in(_WAITING))
    sums = fold(read_lines({posting.line_id for posting in postings}), postings)
    first = month.year * 10_000 + month.month * 100
    totals = _stored_days(first)
    incomes = _stored_household_days(first)
    expected, of_households = sums.days(), sums.household_days()
    nothing = blank()
    findings = [
        _finding(key, expected.get(key, nothing), totals.get(key, nothing))
        for key in _differing(expected, totals, nothing)
    ]
    findings += [
        Finding(
            RULE, f"household {key[4]}", _household_text(key, of_households.get(key, 0), incomes.get(key, 0))
        )
        for key in _differing(of_households, incomes, 0)
    ]
    return findings, len(totals) + len(incomes)


def _differing(expected: Mapping[Key, Value], stored: Mapping[Key, Value], nothing: Value) -> list[Key]:
    """Where the two say different things; what one of them leaves out is ``nothing``. In order."""
    keys = expected.keys() | stored.keys()
    return sorted(key for key in keys if expected.get(key, nothing) != stored.get(key, nothing))


def _stored_days(first: int) -> dict[TotalKey, Sums]:
    rows = db.session.execute(
        select(
            PeriodTotal.dimension,
            PeriodTotal.level,
            PeriodTotal.period,
            PeriodTotal.region_code,
            PeriodTotal.key,
            *_TOTALS,
        ).where(PeriodTotal.period.between(first, first + 99))
    )
    return {(row[0], row[1], row[2], row[3], row[4]): list(row[5:]) for row in rows}


def _stored_household_days(first: int) -> dict[HouseholdKey, int]:
    rows = db.session.execute(
        select(
            HouseholdTotal.dimension,
            HouseholdTotal.period,
            HouseholdTotal.key,
            HouseholdTotal.village_code,
            HouseholdTotal.household_id,
            HouseholdTotal.fen,
        ).where(HouseholdTotal.period.between(first, first + 99))
    )
    return {(row[0], row[1], row[2], row[3], row[4]): row[5] for row in rows}


def _differing_periods() -> Iterator[Finding]:
    """Months that are not their days, years that are not their months."""
    for divisor, finer, coarser in ((100, 8, 6), (100, 6, 4)):
        for row in db.session.execute(_unequal(divisor, finer, coarser)):
            dimension, level, period, region, key, *gaps = row
            yield _finding((dimension, level, period, region, key), [int(gap) for gap in gaps], blank())
        for row in db.session.execute(_unequal_households(divisor, finer, coarser)):
            dimension, period, key, village, household_id, gap = row
            at = (dimension, period, key, village, household_id)
            yield Finding(RULE, f"household {household_id}", _household_text(at, int(gap), 0))


def _digits(length: int) -> tuple[int, int]:
    return 10 ** (length - 1), 10**length - 1


def _unequal(divisor: int, finer: int, coarser: int) -> Select[Any]:
    """What the finer rows have more than the coarser ones."""
    place = (PeriodTotal.dimension, PeriodTotal.level, PeriodTotal.region_code, PeriodTotal.key)
    both = union_all(
        select(*place, (PeriodTotal.period // divisor).label("period"), *_TOTALS).where(
            PeriodTotal.period.between(*_digits(finer))
        ),
        select(
            *place, PeriodTotal.period.label("period"), *((-column).label(column.key) for column in _TOTALS)
        ).where(PeriodTotal.period.between(*_digits(coarser))),
    ).subquery()
    sums = [func.sum(both.c[name]) for name in MEASURES]
    query: Select[Any] = (
        select(both.c.dimension, both.c.level, both.c.period, both.c.region_code, both.c.key, *sums)
        .group_by(both.c.dimension, both.c.level, both.c.period, both.c.region_code, both.c.key)
        .having(or_(*(fen != 0 for fen in sums)))
    )
    return query


def _unequal_households(divisor: int, finer: int, coarser: int) -> Select[Any]:
    place = (
        HouseholdTotal.dimension,
        HouseholdTotal.key,
        HouseholdTotal.village_code,
        HouseholdTotal.household_id,
    )
    both = union_all(
        select(
            *place, (HouseholdTotal.period // divisor).label("period"), HouseholdTotal.fen.label("fen")
        ).where(HouseholdTotal.period.between(*_digits(finer))),
        select(*place, HouseholdTotal.period.label("period"), (-HouseholdTotal.fen).label("fen")).where(
            HouseholdTotal.period.between(*_digits(coarser))
        ),
    ).subquery()
    columns = (both.c.dimension, both.c.period, both.c.key, both.c.village_code, both.c.household_id)
    query: Select[Any] = (
        select(*columns, func.sum(both.c.fen)).group_by(*columns).having(func.sum(both.c.fen) != 0)
    )
    return query


def _differing_sums() -> Iterator[Finding]:
    """The whole of all years, added up by the database straight from the postings: a second opinion on the sums."""
    stored = db.session.execute(
        select(*(func.coalesce(func.sum(column), 0) for column in _TOTALS)).where(
            PeriodTotal.dimension == Dimension.ALL,
            PeriodTotal.level == RegionLevel.CITY,
            PeriodTotal.period.between(*_digits(4)),
        )
    ).one()
    rows = db.session.execute(
        select(Posting.account_kind, Posting.income_state, func.sum(Posting.fen))
        .where(
            Posting.line_id.is_not(None), Posting.account_kind.in_(COUNTED), Posting.entry_id.not_in(_WAITING)
        )
        .group_by(Posting.account_kind, Posting.income_state)
    )
    expected = dict.fromkeys(
        ("sales_fen", "fee_fen", "given_fen", *(f"{s.value}_fen" for s in IncomeState)), 0
    )
    for kind, state, fen in rows:
        if kind in GOODS_KINDS:
            expected["sales_fen"] -= int(fen)
        if kind in FEE_KINDS:
            expected["fee_fen"] -= int(fen)
        elif kind == AccountKind.HOUSEHOLD_COST:
            expected["given_fen"] += int(fen)
        elif kind == AccountKind.HOUSEHOLD_INCOME and state is not None:
            expected[f"{state.value}_fen"] -= int(fen)
    for name, fen in expected.items():
        if int(stored[POSITION[name]]) != fen:
            words = f"{MEASURE_WORDS[name]}合计 {format_yuan(int(stored[POSITION[name]]))}，账上是 {format_yuan(fen)}"
            yield Finding(RULE, name, words)


def _finding(key: TotalKey, expected: Sums, stored: Sums) -> Finding:
    dimension, level, period, region_code, value = key
    place = place_name(names_of([region_code]).get(region_code, region_code))
    gaps = [
        f"{MEASURE_WORDS[name]}差 {_amount(name, found - right)}"
        for name, right, found in zip(MEASURES, expected, stored, strict=True)
        if right != found
    ]
    of = DIMENSION_WORDS[dimension] + (f" {value}" if value else "")
    subject = f"{dimension.value}/{value} {level.value} {region_code} {period}"
    return Finding(RULE, subject, f"{period} {place}（{of}）：{'，'.join(gaps)}")


def _amount(name: str, gap: int) -> str:
    return format_yuan(gap) if name.endswith("_fen") else f"{gap} 单"


def _household_text(key: HouseholdKey, expected: int, stored: int) -> str:
    dimension, period, value, village, _ = key
    place = place_name(names_of([village]).get(village, village))
    of = DIMENSION_WORDS[dimension] + (f" {value}" if value else "")
    return f"{period} {place}一户（{of}）：收入差 {format_yuan(stored - expected)}"


@dataclass(frozen=True, slots=True)
class Check:
    """A self-check: when, what it looked at, how many rows differ and the first of them as (rule, what, how)."""

    at: datetime
    entries: int
    totals: int
    found: int
    findings: list[tuple[str, str, str]]


def check_books(by: int | None = None) -> list[Finding]:
    """Check ledger and totals, and keep what was found for the pages that say so. Returns every finding."""
    started = clock.now()
    findings = verify()
    verified = verify_totals()
    findings += verified.findings
    _keep(started, verified.totals, findings, by)
    return findings


@transactional
def _keep(started: datetime, totals: int, findings: list[Finding], by: int | None) -> None:
    entries = db.session.scalar(select(func.count()).select_from(JournalEntry)) or 0
    named = [[finding.invariant, finding.subject, finding.text] for finding in findings[:NAMED]]
    db.session.add(
        BookCheck(
            started_at=started,
            finished_at=clock.now(),
            entries=entries,
            totals=totals,
            found=len(findings),
            findings=named,
        )
    )
    if by is not None:
        audit.record(by, "reports.check", "ledger", "", {"found": len(findings)})


def last_check() -> Check | None:
    """The latest self-check; None when there was none yet."""
    row = db.session.execute(
        select(
            BookCheck.finished_at, BookCheck.entries, BookCheck.totals, BookCheck.found, BookCheck.findings
        )
        .order_by(BookCheck.finished_at.desc(), BookCheck.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Check(row[0], row[1], row[2], row[3], [(each[0], each[1], each[2]) for each in row[4]])


def standing_check() -> Check | None:
    """The latest self-check; in a young shop without one the totals are compared at once."""
    check = last_check()
    if check is not None:
        return check
    entries = db.session.scalar(select(func.max(JournalEntry.id))) or 0
    if entries > SMALL:
        return None
    verified = verify_totals()
    named = [(finding.invariant, finding.subject, finding.text) for finding in verified.findings[:NAMED]]
    return Check(clock.now(), entries, verified.totals, len(verified.findings), named)
