"""What monitoring has to look at in the demo, once the sums of reports are there.

The demo sells a sample of what such suppliers sell in half a year. Their promises are cut to the sample's size, so that
most are kept, some are behind, and a few, all of invented parties, are far behind: one of them is on record already.
"""

from sqlalchemy import select

from certification.applications.models import Application
from certification.certificates.findings import record_finding
from certification.certificates.models import Certificate
from certification.certificates.rules import FindingKind
from marketplace.accounts.email_addresses import confirm_email, digest_of, set_email
from marketplace.demo.acting import actor_of
from marketplace.demo.build.world import Progress
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.regions.rules import county_code_of
from marketplace.reporting import monitoring
from marketplace.reporting.monitoring_rules import Light, Measure

#: percent of what is due that each certificate reaches, in turn
REACHED = (118, 104, 97, 132, 71, 109, 95, 43, 124, 101, 83, 112)
#: promises are made in whole hundreds of yuan
STEP_FEN = 10_000
#: made-up addresses that were confirmed: the example domain receives nothing
MAIL = ("coop", "county")


def load_monitoring(progress: Progress) -> None:
    for login in MAIL:
        user_id = actor_of(login).user_id
        address = f"{login}@shop.example"
        set_email(user_id, address)
        confirm_email(user_id, digest_of(address))
    everyone = monitoring.watched()
    _promise([monitoring.measure(one) for one in everyone])
    monitoring.measure_all()
    _record_one()
    progress("联结监测", len(everyone), len(everyone))


@transactional
def _promise(measured: list[monitoring.Measured]) -> None:
    for place, each in enumerate(measured):
        certificate = db.session.get_one(Certificate, each.watched.id)
        application = db.session.get_one(Application, certificate.application_id)
        promised = _cut(each, REACHED[place % len(REACHED)])
        certificate.facts = {
            **certificate.facts,
            "promised_households": promised.households,
            "promised_income_fen": promised.income_fen,
        }
        application.promised_households = promised.households
        application.promised_income_fen = promised.income_fen


def _cut(each: monitoring.Measured, percent: int) -> Measure:
    """The promise of which the fact is about so many percent by now; never more than was promised."""
    window, was = each.window, each.watched.promised
    share = window.year_days * 100
    income = each.fact.income_fen * share // (percent * window.elapsed) // STEP_FEN * STEP_FEN
    households = each.fact.households * share // (max(percent, 100) * window.elapsed)
    return Measure(max(min(was.households, households), 1), max(min(was.income_fen, income), STEP_FEN))


def _record_one() -> None:
    """The county has looked into the first red light of its own."""
    county = actor_of("county")
    for one in monitoring.watched():
        measured = monitoring.measure(one)
        region = db.session.scalars(select(Certificate.region_code).where(Certificate.id == one.id)).one()
        if measured.judgement.light is Light.RED and county_code_of(region) in county.official_regions:
            text = "入户核实：今年减产，部分农户的货没有交来（示例）。\n" + monitoring.figures_in_words(
                measured
            )
            record_finding(county, one.id, FindingKind.PROMISE_GAP, text, monitoring.figures_of(measured))
            return
