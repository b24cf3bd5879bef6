"""Promise against fact, held against worlds whose ledger was reckoned by hand."""

from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from certification.certificates.commands import suspend_certificate
from certification.certificates.findings import findings_of, record_finding
from certification.certificates.models import Certificate, CertificateStep
from certification.certificates.rules import FindingKind, StopCause
from certification.certificates.workflow import CertificateState
from certification.linkage.models import LinkageMember
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from marketplace.messages.queries import box
from marketplace.regions.queries import rows_of
from marketplace.reporting import monitoring, monitoring_detail, monitoring_queries
from marketplace.reporting.models import LinkageStanding
from marketplace.reporting.monitoring_rules import Light, Measure
from marketplace.reporting.roll import roll_up_all
from tests.factories import builders, sales

World = dict[str, int]
#: days of the certificate's year so far, today included
ELAPSED = 100


def promise(certificate_id: int, households: int, income_fen: int, *, since: date | None = None) -> None:
    with transaction():
        certificate = db.session.get_one(Certificate, certificate_id)
        certificate.facts = {
            **certificate.facts,
            "promised_households": households,
            "promised_income_fen": income_fen,
        }
        certificate.valid_from = since or clock.today() - timedelta(days=ELAPSED - 1)


def certificate_of(made: World) -> int:
    return db.session.scalars(select(Certificate.id).where(Certificate.product_id == made["product"])).one()


@pytest.fixture
def kiwi(app: Flask) -> World:
    """3 and 2 units of a lot of 10 for 15,001 fen sold and completed: 7,500 fen for one household."""
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    sales.sold_and_completed({made["sku"]: 3})
    sales.sold_and_completed({made["sku"]: 2})
    return made


def measured(made: World) -> monitoring.Measured:
    roll_up_all()
    (one,) = monitoring.watched([certificate_of(made)])
    return monitoring.measure(one)


def year_days() -> int:
    start = clock.today() - timedelta(days=ELAPSED - 1)
    return (start.replace(year=start.year + 1) - start).days


@pytest.mark.parametrize(
    ("due_fen", "light", "percent"),
    [(7_500, Light.GREEN, 100), (8_400, Light.AMBER, 89), (12_500, Light.AMBER, 60), (12_600, Light.RED, 59)],
)
def test_the_light_is_income_against_what_is_due(
    kiwi: World, due_fen: int, light: Light, percent: int
) -> None:
    promise(certificate_of(kiwi), 0, due_fen * year_days() // ELAPSED)
    found = measured(kiwi)
    assert found.fact == Measure(1, 7_500)
    assert found.window.elapsed == ELAPSED
    assert (found.judgement.light, found.judgement.percent) == (light, percent)


def test_a_refund_is_taken_off_and_payout_changes_nothing(kiwi: World) -> None:
    promise(certificate_of(kiwi), 1, 10_000)
    sales.pay_household(kiwi["supplier"], kiwi["household"])
    assert measured(kiwi).fact.income_fen == 7_500
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    assert measured(kiwi).fact.income_fen == 10_500
    sales.refund(order_id, 1)
    assert measured(kiwi).fact.income_fen == 9_000
    window = measured(kiwi).window
    (row,) = monitoring_detail.households_of(kiwi["product"], window, 1).items
    assert (row.income_fen, row.paid_fen, row.waiting_fen) == (9_000, 7_500, 1_500)


def test_the_rows_behind_add_up_to_the_light(kiwi: World) -> None:
    promise(certificate_of(kiwi), 1, 10_000)
    sales.paid_orders({kiwi["sku"]: 1})
    found = measured(kiwi)
    agreements = monitoring_detail.agreements_of(kiwi["product"], found.window)
    households = monitoring_detail.households_of(kiwi["product"], found.window, 1)
    orders = monitoring_detail.latest_orders(kiwi["product"], found.window)
    assert sum(row.income_fen for row in agreements) == found.fact.income_fen == 9_000
    assert sum(row.income_fen for row in households.items) == 9_000
    assert [row.income_fen for row in orders] == [1_500, 3_000, 4_500]
    assert agreements[0].lots == 1
    assert len(monitoring_detail.latest_lots([agreements[0].id], found.window)) == 1


def test_a_household_that_got_nothing_is_listed_first(kiwi: World) -> None:
    promise(certificate_of(kiwi), 2, 10_000)
    empty_handed = builders.household(supplier_id=kiwi["supplier"])
    agreement_id = monitoring_detail.agreements_of(kiwi["product"], measured(kiwi).window)[0].id
    with transaction():
        builders.added(LinkageMember(agreement_id=agreement_id, household_id=empty_handed, shares=1))
    page = monitoring_detail.households_of(kiwi["product"], measured(kiwi).window, 1)
    assert [(row.household_id, row.income_fen) for row in page.items] == [
        (empty_handed, 0),
        (kiwi["household"], 7_500),
    ]
    assert page.total == 2


def test_what_was_sold_before_the_year_does_not_count(kiwi: World) -> None:
    promise(certificate_of(kiwi), 1, 10_000, since=clock.today() - timedelta(days=365 + 200))
    with time_machine.travel(clock.now() + timedelta(days=365), tick=False):
        found = measured(kiwi)
        assert found.fact == Measure(0, 0)
        assert found.judgement.light is Light.RED
        assert monitoring_detail.latest_orders(kiwi["product"], found.window) == []


def test_a_new_version_starts_no_new_year(kiwi: World) -> None:
    old = certificate_of(kiwi)
    promise(old, 1, 10_000)
    new = builders.certificate(kiwi["product"], valid_from=clock.today())
    with transaction():
        db.session.execute(
            update(Certificate)
            .where(Certificate.id == new)
            .values(number=db.session.get_one(Certificate, old).number, version=2)
        )
        db.session.get_one(Certificate, old).state = CertificateState.SUPERSEDED
    (one,) = monitoring.watched()
    assert (one.id, one.first_day) == (new, clock.today() - timedelta(days=ELAPSED - 1))


def test_the_job_keeps_what_it_measured_and_forgets_what_ended(kiwi: World) -> None:
    certificate_id = certificate_of(kiwi)
    promise(certificate_id, 1, 50_000)
    roll_up_all()
    assert monitoring.measure_all() == 1
    row = db.session.get_one(LinkageStanding, certificate_id)
    assert (row.households, row.income_fen, row.light) == (1, 7_500, Light.RED)
    sales.paid_orders({kiwi["sku"]: 5})
    roll_up_all()
    monitoring.measure_all()
    db.session.expire_all()
    row = db.session.get_one(LinkageStanding, certificate_id)
    assert (row.income_fen, row.light) == (15_001, Light.GREEN)
    with transaction():
        db.session.get_one(Certificate, certificate_id).state = CertificateState.REVOKED
    assert monitoring.measure_all() == 0
    assert db.session.scalars(select(LinkageStanding)).all() == []


def test_a_red_light_is_told_once_a_month_to_supplier_and_county(kiwi: World) -> None:
    promise(certificate_of(kiwi), 1, 90_000)
    owner = builders.owner_of(kiwi["supplier"]).user_id
    county = builders.official_of(builders.COUNTY).user_id
    elsewhere = builders.official_of(builders.OTHER_COUNTY).user_id
    roll_up_all()
    monitoring.measure_all()
    monitoring.measure_all()
    told = {
        row.user_id: row
        for row in db.session.scalars(select(Message))
        if row.title.startswith("联结监测红灯")
    }
    assert {owner, county} <= told.keys()
    assert elsewhere not in told
    assert len(box(county).items) == 1
    assert "王建国" not in told[county].text
    with time_machine.travel(clock.now() + timedelta(days=32), tick=False):
        monitoring.measure_all()
    assert len(box(county).items) == 2


def test_the_list_is_of_the_region_worst_first_and_counts_every_light(kiwi: World) -> None:
    promise(certificate_of(kiwi), 1, 10_000)
    red = certificate_of(other := builders.saleable())
    promise(red, 4, 90_000)
    early = certificate_of(builders.saleable())
    promise(early, 4, 90_000, since=clock.today())
    builders.certificate(builders.product(other["supplier"]))  # no promise
    far = builders.product(other["supplier"], origin_code=builders.VILLAGE_OF_OTHER_COUNTY)
    promise(builders.certificate(far), 4, 90_000)
    roll_up_all()
    monitoring.measure_all()
    here = monitoring_queries.in_regions_clause(list(rows_of([builders.COUNTY]).values()))
    counted = monitoring_queries.lights(here)
    assert counted.counts == {Light.RED: 1, Light.GREEN: 1, Light.EARLY: 1, Light.UNPROMISED: 1}
    page = monitoring_queries.standings(counted, None, 1, here)
    assert [row.light for row in page.items] == [Light.RED, Light.GREEN, Light.EARLY, Light.UNPROMISED]
    only = monitoring_queries.standings(counted, Light.RED, 1, here)
    assert ([row.certificate_id for row in only.items], only.total) == ([red], 1)
    nobody = monitoring_queries.lights(monitoring_queries.in_regions_clause([]))
    assert nobody.total == 0


def test_a_finding_keeps_the_figures_and_a_suspension_cites_it(kiwi: World) -> None:
    certificate_id = certificate_of(kiwi)
    promise(certificate_id, 1, 90_000)
    found = measured(kiwi)
    county, city = builders.official_of(builders.COUNTY), builders.official_of(builders.CITY)
    finding_id = record_finding(
        county, certificate_id, FindingKind.PROMISE_GAP, "核实属实", monitoring.figures_of(found)
    )
    (kept,) = findings_of([certificate_id])[certificate_id]
    assert kept.figures["income_fen"] == 7_500
    assert kept.figures["promised_income_fen"] == 90_000
    suspend_certificate(city, certificate_id, "承诺没有兑现", StopCause.BENEFIT, finding_id)
    step = db.session.scalars(
        select(CertificateStep)
        .where(CertificateStep.certificate_id == certificate_id)
        .order_by(CertificateStep.id.desc())
    ).first()
    assert step is not None
    assert step.finding_id == finding_id
    assert [one.id for one in monitoring.watched()] == [certificate_id]  # a suspended one is still watched
