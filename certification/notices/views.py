"""The public notice board."""

from flask import render_template, request

from certification.applications.models import Application
from certification.applications.queries import evidence_of, latest_check, steps_of
from certification.applications.versions import renamed_in_words
from certification.applications.words import EVIDENCE_WORDS, STATE_WORDS, history, state_tone
from certification.linkage.queries import terms_of
from certification.linkage.rules import terms_in_words
from certification.notices import queries
from certification.products.queries import get_product
from marketplace.kernel.db import db
from marketplace.kernel.forms import asked_text
from marketplace.kernel.paging import page_number
from marketplace.kernel.working_days import known_years
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import children_of


def index() -> str:
    county = request.args.get("county", "")
    ended = request.args.get("state") == "ended"
    text = asked_text("q", 40)
    page = queries.board(county=county, ended=ended, text=text, page=page_number(request.args.get("page")))
    counties = [(row.code, row.name) for row in children_of(CITY_CODE)]
    return render_template(
        "certification/notices/index.html",
        page=page,
        counties=counties,
        county=county,
        state="ended" if ended else "",
        batches=queries.batches(county),
        state_words=STATE_WORDS,
        state_tone=state_tone,
    )


def batch(code: str) -> str:
    found, rows = queries.get_batch(code)
    return render_template(
        "certification/notices/batch.html",
        batch=found,
        rows=rows,
        state_words=STATE_WORDS,
        state_tone=state_tone,
    )


def calendar() -> str:
    """How working days are counted, year by year, with where it says so."""
    return render_template("certification/notices/calendar.html", years=known_years())


def show(notice_id: int) -> str:
    notice = queries.get_notice(notice_id)
    application = db.session.get_one(Application, notice.application_id)
    agreed = terms_of([application.agreement_id]) if application.agreement_id else {}
    evidence = evidence_of(application.id)
    return render_template(
        "certification/notices/show.html",
        notice=notice,
        application=application,
        changed=renamed_in_words(application),
        product=get_product(application.product_id),
        terms=[word for terms in agreed.values() for word in terms_in_words(terms.terms)],
        papers=evidence,
        pictures=[row for row in evidence if row.kind == "product_picture"],
        evidence_words=EVIDENCE_WORDS,
        check=latest_check(application.id),
        timeline=history(steps_of(application.id), names=False),
        state_word=STATE_WORDS[notice.state],
        state_tone=state_tone(notice.state),
    )
