"""What offices have on their tables in the demo: an objection being looked into, findings, catalogues.

Also a table of households with a cell to mend, a household's consent and its wish for another account.
"""

import io
from datetime import timedelta

import xlsxwriter
from sqlalchemy import select

from certification.applications.models import Application
from certification.certificates import catalogues, findings
from certification.certificates.models import Certificate
from certification.certificates.rules import FindingKind
from certification.certificates.workflow import CertificateState
from certification.notices.models import PublicNotice
from certification.notices.objections import SUBJECTS, Statement, lodge_objection
from certification.products.models import DeclaredProduct
from certification.reviews import objections, templates
from certification.reviews.rules import Decision
from marketplace.demo.acting import actor_of, upload_of
from marketplace.kernel import clock, import_runs
from marketplace.kernel.db import db
from marketplace.parties import consents
from marketplace.parties.bank_change_queries import open_change_of
from marketplace.parties.bank_changes import AccountDraft, ask_household_change
from marketplace.parties.household_imports import COLUMNS, KIND
from marketplace.parties.models import SupplierHousehold
from marketplace.parties.rules import ConsentPurpose

OBJECTED = "富饶村红薯粉条"
IN_CATALOGUE = 12


def load_offices(paper: bytes) -> None:
    """Needs the applications and certificates; called once."""
    _objection(paper)
    _findings()
    _catalogues()
    _households(paper)
    templates.add_wording(
        actor_of("county"), "county", Decision.APPROVE, "三要素齐全，现场核查属实，同意公示。"
    )
    import_runs.start_run(actor_of("county").user_id, KIND, _table(), "马召镇农户（示例）.xlsx")


def _objection(paper: bytes) -> None:
    """The county's only official reviewed the application, so the city looks into it."""
    notice_id = db.session.scalars(
        select(PublicNotice.id)
        .join(Application, Application.id == PublicNotice.application_id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(DeclaredProduct.name == OBJECTED)
    ).one()
    said = Statement(
        SUBJECTS[2],
        "名册上有两户去年搬到县城去了，没有种红薯，请核实。（示例）",
        "示例群众",
        "19900007001",
        [upload_of(paper)],
    )
    receipt = lodge_objection(None, notice_id, said)
    objections.take_up(actor_of("city"), receipt.objection_id)


def _findings() -> None:
    county = actor_of("county")
    held = db.session.scalars(
        select(Certificate.id)
        .where(Certificate.region_code.startswith("610124"), Certificate.state == CertificateState.IN_FORCE)
        .order_by(Certificate.id)
        .limit(2)
    ).all()
    kept = [
        findings.record_finding(
            county, each, FindingKind.INSPECTION, "冷库温度记录缺三天，已要求补记。（示例）"
        )
        for each in held
    ]
    if kept:
        findings.close_finding(county, kept[0], "记录已补齐，复查通过。（示例）")


def _catalogues() -> None:
    city = actor_of("city")
    first = catalogues.start_batch(city, "西安市扶贫产品目录（示例）", "按区县排列。")
    possible = catalogues.candidates(catalogues.get_batch(first, published_only=False))
    catalogues.add_entries(city, first, [row.certificate_id for row in possible[:IN_CATALOGUE]])
    catalogues.publish_batch(city, first)
    second = catalogues.start_batch(city, "西安市扶贫产品目录补充（示例）")
    catalogues.add_entries(
        city, second, [row.certificate_id for row in possible[IN_CATALOGUE : IN_CATALOGUE + 3]]
    )


def _households(paper: bytes) -> None:
    coop, village = actor_of("coop"), actor_of("village")
    linked = db.session.scalars(
        select(SupplierHousehold.household_id)
        .where(SupplierHousehold.supplier_id == coop.supplier_ids[0])
        .order_by(SupplierHousehold.household_id)
    ).all()
    at_home = [each for each in linked if consents.may_speak_for(village, consents.get_household(each))]
    day = clock.today() - timedelta(days=30)
    consents.record_consent(village, at_home[0], ConsentPurpose.STORY, day, upload_of(paper))
    for household_id in at_home[1:2]:
        if open_change_of(household_id=household_id) is None:
            draft = AccountDraft("示例农商银行", "6200000000007001")
            ask_household_change(coop, household_id, draft, upload_of(paper))


def _table() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.label for column in COLUMNS])
        sheet.write_row(
            1, 0, ["610124189901010000", "示例户", "4", "脱贫", "", "", "周至县", "马召镇", "富饶村"]
        )
    return out.getvalue()
