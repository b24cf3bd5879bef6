"""利益联结监测: the worker's measure of every certificate's promise, and who hears when a light is red.

The fact is the income the certified product brought households, by the day its orders were paid and after refunds,
from the same totals as the reports. Which orders and which households is ``monitoring_detail``'s, from the ledger.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, delete, func, select

from certification.applications.models import Application
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.money import format_yuan
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.regions.rules import county_code_of
from marketplace.reporting.dimensions import Dimension
from marketplace.reporting.models import HouseholdTotal, LinkageStanding
from marketplace.reporting.monitoring_rules import Bars, Judgement, Light, Measure, Window, judge, window_of
from marketplace.reporting.rules import pieces

_SOURCE = "市级利益联结监测口径（示例）：承诺按天折算，与平台账上带来的收入相比"
GREEN_PERCENT = Parameter("monitoring.green_percent", default=90, unit="percent", source=_SOURCE)
AMBER_PERCENT = Parameter("monitoring.amber_percent", default=60, unit="percent", source=_SOURCE)
MIN_DAYS = Parameter("monitoring.min_days", default=90, unit="days", source=_SOURCE)

WATCHED = (CertificateState.IN_FORCE, CertificateState.SUSPENDED)
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Watched:
    """A certificate that is watched. ``first_day`` is that of its first version: a new one starts no new year."""

    id: int
    product_id: int
    first_day: date
    promised: Measure


@dataclass(frozen=True, slots=True)
class Measured:
    watched: Watched
    window: Window
    fact: Measure
    judgement: Judgement


def bars() -> Bars:
    return Bars(GREEN_PERCENT.get(), AMBER_PERCENT.get(), MIN_DAYS.get())


def watched(certificate_ids: Collection[int] | None = None) -> list[Watched]:
    """Certificates whose promise is held against the ledger, by id; some of them when named. One query."""
    first = (
        select(Certificate.number, func.min(Certificate.valid_from).label("day"))
        .group_by(Certificate.number)
        .subquery()
    )
    query = (
        select(Certificate.id, Certificate.product_id, Certificate.facts, first.c.day)
        .join(first, first.c.number == Certificate.number)
        .where(Certificate.state.in_(WATCHED), Certificate.valid_from <= clock.today())
        .order_by(Certificate.id)
    )
    if certificate_ids is not None:
        query = query.where(Certificate.id.in_(certificate_ids))
    return [
        Watched(number, product_id, day, promise_of(facts))
        for number, product_id, facts, day in db.session.execute(query)
    ]


def promise_of(facts: dict[str, Any]) -> Measure:
    return Measure(facts.get("promised_households") or 0, facts.get("promised_income_fen") or 0)


def measure(one: Watched) -> Measured:
    """Held against the totals, one query. What was paid in the last seconds may not be summed up yet."""
    window = window_of(one.first_day, clock.today(), MIN_DAYS.get())
    parts = pieces(window.start, window.end)
    minus = [piece.period for piece in parts if piece.sign < 0]
    fen = func.sum(case((HouseholdTotal.period.in_(minus), -HouseholdTotal.fen), else_=HouseholdTotal.fen))
    incomes = (
        select(HouseholdTotal.household_id, fen.label("fen"))
        .where(
            HouseholdTotal.dimension == Dimension.PRODUCT,
            HouseholdTotal.period.in_([piece.period for piece in parts]),
            HouseholdTotal.key == str(one.product_id),
        )
        .group_by(HouseholdTotal.household_id)
        .having(fen > 0)
        .subquery()
    )
    households, total = db.session.execute(
        select(func.count(), func.coalesce(func.sum(incomes.c.fen), 0)).select_from(incomes)
    ).one()
    fact = Measure(households, int(total))
    return Measured(one, window, fact, judge(one.promised, fact, window, bars()))


def measure_all() -> int:
    """The job: measure every watched certificate anew; a red light is told to supplier and county once a month.
    Returns how many were measured."""
    everyone = watched()
    _forget({one.id for one in everyone})
    for start in range(0, len(everyone), _BATCH):
        measured = [measure(one) for one in everyone[start : start + _BATCH]]
        _keep(measured)
        for each in measured:
            if each.judgement.light is Light.RED:
                _tell_of_red(each)
    return len(everyone)


@transactional
def _forget(still: set[int]) -> None:
    known = db.session.scalars(select(LinkageStanding.certificate_id)).all()
    gone = [each for each in known if each not in still]
    for start in range(0, len(gone), _BATCH):
        db.session.execute(
            delete(LinkageStanding).where(LinkageStanding.certificate_id.in_(gone[start : start + _BATCH]))
        )


@transactional
def _keep(measured: Iterable[Measured]) -> None:
    for each in measured:
        judgement, window = each.judgement, each.window
        db.session.merge(
            LinkageStanding(
                certificate_id=each.watched.id,
                light=judgement.light,
                percent=judgement.percent,
                year_start=window.start,
                measured_until=window.end,
                year_days=window.year_days,
                promised_households=each.watched.promised.households,
                promised_income_fen=each.watched.promised.income_fen,
                households=each.fact.households,
                income_fen=each.fact.income_fen,
                measured_at=clock.now(),
            )
        )


@transactional
def _tell_of_red(each: Measured) -> None:
    """Once a month and person, while it is red; the keys see to that."""
    certificate = db.session.get_one(Certificate, each.watched.id)
    sponsor = db.session.scalar(
        select(Application.sponsor_id).where(Application.id == certificate.application_id)
    )
    suppliers = [certificate.supplier_id, *([sponsor] if sponsor else [])]
    title = f"联结监测红灯：{certificate.facts.get('product', '')}"
    text = figures_in_words(each)
    key = f"monitoring-{certificate.id}-{clock.today():%Y%m}"
    for people, endpoint, what_next in (
        (
            holders([Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF], ScopeKind.SUPPLIER, suppliers),
            "supplier.monitoring",
            "请看看是货没卖动、批次没登记，还是农户没付到。",
        ),
        (
            holders([Role.OFFICIAL], ScopeKind.REGION, [county_code_of(certificate.region_code)]),
            "review.monitoring_certificate",
            "请核实原因，需要的话记为问题。",
        ),
    ):
        params = {"certificate_id": certificate.id} if endpoint.startswith("review") else {}
        tell(Topic.MONITORING, people, title, text + what_next, endpoint=endpoint, params=params, key=key)


def figures_in_words(each: Measured) -> str:
    """Promise, what is due by now and what came about; no person in it."""
    promised, fact, due = each.watched.promised, each.fact, each.judgement
    window = each.window
    return (
        f"{window.start:%Y.%m.%d}–{window.end:%Y.%m.%d}（{window.elapsed}/{window.year_days} 天）："
        f"承诺年增收 {format_yuan(promised.income_fen)}，按天数该到 {format_yuan(due.due_income_fen)}，"
        f"实到 {format_yuan(fact.income_fen)}；"
        f"承诺带动 {promised.households} 户，按天数该有 {due.due_households} 户，实有 {fact.households} 户。"
    )


def figures_of(each: Measured) -> dict[str, Any]:
    """What a finding keeps of the moment it was recorded."""
    return {
        "from": each.window.start.isoformat(),
        "until": each.window.end.isoformat(),
        "year_days": each.window.year_days,
        "promised_households": each.watched.promised.households,
        "promised_income_fen": each.watched.promised.income_fen,
        "due_households": each.judgement.due_households,
        "due_income_fen": each.judgement.due_income_fen,
        "households": each.fact.households,
        "income_fen": each.fact.income_fen,
        "percent": each.judgement.percent,
    }
