"""What a certificate freezes when it is issued. No person's name: who may be named is asked when the page is shown."""

from typing import Any

from certification.applications.models import Application
from certification.applications.queries import evidence_of
from certification.linkage.queries import terms_of
from certification.linkage.rules import terms_in_words
from certification.products.queries import get_product
from marketplace.kernel.db import db
from marketplace.parties.models import Household, Supplier
from marketplace.regions.queries import full_name
from marketplace.regions.rules import place_name

#: what differs between two versions, in the words of the page
COMPARED = (
    ("product", "产品名称"),
    ("package", "规格"),
    ("variety", "品种"),
    ("grade", "等级"),
    ("standard", "执行标准"),
    ("price_fen", "申报价"),
    ("terms", "联结方式"),
    ("households", "联结农户"),
    ("promised_households", "承诺带动户数"),
    ("promised_income_fen", "年承诺增收"),
    ("sponsor", "担保主体"),
)


def frozen_facts(application: Application) -> dict[str, Any]:
    """JSON of what was certified; amounts in fen, evidence by kind and digest."""
    product = get_product(application.product_id)
    supplier = db.session.get_one(Supplier, application.supplier_id)
    sponsor = db.session.get(Supplier, application.sponsor_id) if application.sponsor_id else None
    agreed = (
        terms_of([application.agreement_id])[application.agreement_id] if application.agreement_id else None
    )
    return {
        "product": product.name,
        "variety": product.variety,
        "grade": product.grade,
        "unit": product.unit,
        "category": product.category_name,
        "standard": product.standard,
        "package": application.package,
        "origin": place_name(full_name(application.region_code)),
        "applicant": _public_name(supplier),
        "sponsor": sponsor.name if sponsor else "",
        "terms": terms_in_words(agreed.terms) if agreed else [],
        "modes": [term.mode.value for term in agreed.terms] if agreed else [],
        "households": len(agreed.members) if agreed else 0,
        "promised_households": application.promised_households,
        "promised_income_fen": application.promised_income_fen,
        "price_fen": application.price_fen,
        "application_number": application.number,
        "agreement_id": application.agreement_id,
        "evidence": [[row.kind.value, row.sha256[:16]] for row in evidence_of(application.id)],
    }


def _public_name(supplier: Supplier) -> str:
    """A pilot household by its number and village, never by name."""
    if supplier.uscc is not None or supplier.household_id is None:
        return supplier.name
    household = db.session.get_one(Household, supplier.household_id)
    return f"增收示范户 {household.code}（{place_name(full_name(household.village_code))}）"


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any, str]]:
    """(label, before, after, code) of what two versions say differently."""
    return [
        (label, before.get(code), after.get(code), code)
        for code, label in COMPARED
        if (before.get(code) or None) != (after.get(code) or None)
    ]
