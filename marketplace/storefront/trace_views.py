"""Where a bag comes from, for anyone who scans its code: village, day, product and certificate. Never the household,
and no weight or number of units, which with the amount of one unit would tell what one household got."""

from dataclasses import dataclass
from datetime import date

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from catalog.stock.lots import find_traced_lot
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.regions.queries import full_name
from marketplace.regions.rules import place_name
from marketplace.storefront.guests import guest_page

LONGEST_CODE = 24


@dataclass(frozen=True, slots=True)
class Verdict:
    """The newest certificate of the product and whether it holds today."""

    number: str
    holds: bool
    word: str
    valid_until: date


@guest_page
def show(code: str) -> ResponseReturnValue:
    lot = find_traced_lot(code) if len(code) <= LONGEST_CODE else None
    if lot is None:
        return make_response(render_template("storefront/trace_unknown.html"), 404)
    place = full_name(lot.village_code)
    return make_response(
        render_template(
            "storefront/trace.html",
            lot=lot,
            village=place_name(place),
            certificate=_verdict(lot.product_id),
        )
    )


def _verdict(product_id: int) -> Verdict | None:
    row = db.session.execute(
        select(Certificate.number, Certificate.state, Certificate.valid_from, Certificate.valid_until)
        .where(Certificate.product_id == product_id)
        .order_by(Certificate.version.desc(), Certificate.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    today = clock.today()
    if row.state is CertificateState.IN_FORCE:
        holds = row.valid_from <= today <= row.valid_until
        word = "有效" if holds else "已到期" if today > row.valid_until else "还没生效"
    else:
        words = {CertificateState.SUSPENDED: "已暂停", CertificateState.REVOKED: "已撤销"}
        holds, word = False, words.get(row.state, "已到期")
    return Verdict(row.number, holds, word, row.valid_until)
