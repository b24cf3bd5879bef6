"""利益联结监测: promise against fact of the certificates in an official's regions, and the rows behind a light."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from certification.certificates import findings
from certification.certificates.models import Certificate
from certification.certificates.rules import FindingKind
from certification.certificates.words import STATE_WORDS
from certification.reviews.scope import regions_of
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.exports import Fen
from marketplace.kernel.forms import asked_text, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.parties.household_queries import household_cards
from marketplace.parties.queries import get_supplier
from marketplace.regions.queries import RegionRow, children_of, names_of, rows_of
from marketplace.regions.rules import RegionLevel, is_within, place_name, town_code_of
from marketplace.reporting import monitoring, monitoring_detail, monitoring_queries
from marketplace.reporting.monitoring_rules import Light
from marketplace.reporting.words import LIGHT_TONES, LIGHT_WORDS
from marketplace.review_desk.forms import PromiseFindingForm
from marketplace.review_desk.nav import render_desk

HEADER = (
    "灯",
    "兑现（%）",
    "证书",
    "产品",
    "主体",
    "镇街",
    "监测起",
    "监测止",
    "承诺户数",
    "应到户数",
    "实到户数",
    "承诺年增收（元）",
    "应到增收（元）",
    "实到增收（元）",
)


def _place(own: list[RegionRow]) -> RegionRow | None:
    """A place below one's own that the address asks for; what is none, or lies elsewhere, is not asked for."""
    code = request.args.get("place", "")
    found = rows_of([code]).get(code) if code.isascii() and code.isdigit() and len(code) == 12 else None
    inside = found and any(is_within(found.code, each.code, each.level) for each in own)
    return found if inside else None


def _asked() -> tuple[Light | None, list[RegionRow], RegionRow | None, list[ColumnElement[bool]]]:
    own = regions_of(require_actor())
    place = _place(own)
    text = asked_text("q", 40)
    light = request.args.get("light", "")
    criteria = [monitoring_queries.in_regions_clause([place] if place else own)]
    if text:
        criteria.append(monitoring_queries.text_clause(text))
    return Light(light) if light in set(Light) else None, own, place, criteria


def index() -> str:
    light, own, place, criteria = _asked()
    counted = monitoring_queries.lights(*criteria)
    page = monitoring_queries.standings(counted, light, page_number(request.args.get("page")), *criteria)
    below = children_of(own[0].code) if own and own[0].level is not RegionLevel.VILLAGE else []
    return render_desk(
        "review_desk/monitoring.html",
        page=page,
        counted=counted,
        light=light,
        place=place,
        below=[(row.code, place_name(row.name)) for row in below],
        towns=names_of({town_code_of(row.region_code) for row in page.items}),
        town_code_of=town_code_of,
        words=LIGHT_WORDS,
        tones=LIGHT_TONES,
        lights=list(Light),
        bars=monitoring.bars(),
    )


def export() -> ResponseReturnValue:
    """The list as it is filtered."""
    light, _own, _place_asked, criteria = _asked()
    rows = monitoring_queries.all_standings(light, *criteria)
    towns = names_of({town_code_of(row.region_code) for row in rows})
    return xlsx_response(
        f"利益联结监测-{clock.today():%Y%m%d}",
        HEADER,
        (
            [
                LIGHT_WORDS[row.light],
                row.percent if row.percent is not None else "",
                row.number,
                row.product_name,
                row.supplier_name,
                towns.get(town_code_of(row.region_code), ""),
                f"{row.year_start:%Y-%m-%d}",
                f"{row.measured_until:%Y-%m-%d}",
                row.promised_households,
                row.due.households,
                row.households,
                Fen(row.promised_income_fen),
                Fen(row.due.income_fen),
                Fen(row.income_fen),
            ]
            for row in rows
        ),
    )


def _get(certificate_id: int) -> tuple[Certificate, monitoring.Measured]:
    """A watched certificate of the actor's regions, measured now. Raises NotFound."""
    certificate = db.session.get(Certificate, certificate_id)
    own = regions_of(require_actor())
    if certificate is None or not any(
        is_within(certificate.region_code, each.code, each.level) for each in own
    ):
        raise NotFound
    found = monitoring.watched([certificate_id])
    if not found:
        raise NotFound
    return certificate, monitoring.measure(found[0])


def certificate(certificate_id: int) -> str:
    return _page(*_get(certificate_id), PromiseFindingForm(formdata=None))


def record(certificate_id: int) -> ResponseReturnValue:
    """记为问题, with the figures of this moment; officials of county and city only."""
    shown, measured = _get(certificate_id)
    form = PromiseFindingForm()
    if form.validate_on_submit():
        said = (form.text.data or "").strip()
        text = f"{said}\n{monitoring.figures_in_words(measured)}"
        with errors_at(form):
            if len(said) < PromiseFindingForm.LEAST:
                raise InvalidInput("certificates.finding_text", field="text")
            findings.record_finding(
                require_actor(),
                certificate_id,
                FindingKind.PROMISE_GAP,
                text,
                monitoring.figures_of(measured),
            )
            flash("已记为问题，并告诉了证书持有人。市里暂停证书时可以引用。", "success")
            return redirect(url_for("review.monitoring_certificate", certificate_id=certificate_id))
    return _page(shown, measured, form), status_of(form)


def _page(shown: Certificate, measured: monitoring.Measured, form: PromiseFindingForm) -> str:
    actor = require_actor()
    window, product_id = measured.window, measured.watched.product_id
    agreements = monitoring_detail.agreements_of(product_id, window)
    households = monitoring_detail.households_of(product_id, window, page_number(request.args.get("page")))
    cards = household_cards({row.household_id for row in households.items})
    own = regions_of(actor)
    may_record = any(
        each.level in (RegionLevel.COUNTY, RegionLevel.CITY)
        and is_within(shown.region_code, each.code, each.level)
        for each in own
    )
    context: dict[str, Any] = {
        "certificate": shown,
        "measured": measured,
        "judgement": measured.judgement,
        "window": window,
        "agreements": agreements,
        "households": households,
        "cards": cards,
        "villages": names_of({card.village_code for card in cards.values()}),
        "orders": monitoring_detail.latest_orders(product_id, window),
        "lots": monitoring_detail.latest_lots([each.id for each in agreements], window),
        "findings": findings.findings_of([shown.id])[shown.id],
        "supplier": get_supplier(shown.supplier_id),
        "state_word": STATE_WORDS[shown.state],
        "words": LIGHT_WORDS,
        "tones": LIGHT_TONES,
        "bars": monitoring.bars(),
        "form": form,
        "may_record": may_record,
        "report": {
            "by": "product",
            "key": str(product_id),
            "region": own[0].code,
            "period": "custom",
            "from": window.start.isoformat(),
            "to": window.end.isoformat(),
        },
    }
    return render_desk("review_desk/monitoring_certificate.html", **context)
