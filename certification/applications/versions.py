"""What an application said each time it was handed in, and what changed between two times.

A reviewer reads the difference instead of the whole again.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from certification.applications.models import Application, ApplicationVersion
from certification.applications.queries import evidence_of
from certification.applications.words import EVIDENCE_WORDS
from certification.linkage.models import LinkageAgreement
from certification.linkage.queries import terms_of
from certification.linkage.rules import terms_in_words
from certification.products.queries import get_product
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.money import format_yuan
from marketplace.parties.household_queries import household_codes

#: codes in the order of the form, as the page calls them
LABELS = {
    "product": "产品",
    "variety": "品种",
    "grade": "等级",
    "standard": "执行标准",
    "package": "包装规格",
    "yearly_capacity": "年产能",
    "description": "产品说明",
    "price_fen": "申报价",
    "price_reason": "价格说明",
    "references": "参考价格",
    "terms": "联结方式",
    "agreement": "协议起止",
    "households": "联结农户",
    "promised_households": "承诺带动户数",
    "promised_income_fen": "承诺年增收",
    "evidence": "材料",
}


@dataclass(frozen=True, slots=True)
class Change:
    """``added`` and ``removed`` for what is a list; ``before`` and ``after`` in words for the rest."""

    label: str
    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        return bool(self.added or self.removed)


def snapshot(application: Application) -> dict[str, Any]:
    """JSON of what it says now; households by code, amounts in fen."""
    product = get_product(application.product_id)
    agreed = (
        terms_of([application.agreement_id])[application.agreement_id] if application.agreement_id else None
    )
    codes = household_codes([member.household_id for member in agreed.members]) if agreed else {}
    return {
        "product": application.product_changes.get("name", product.name),
        "variety": application.product_changes.get("variety", product.variety),
        "grade": product.grade,
        "standard": application.product_changes.get("standard", product.standard),
        "package": application.package,
        "yearly_capacity": application.yearly_capacity,
        "description": application.description,
        "price_fen": application.price_fen,
        "price_reason": application.price_reason,
        "references": [
            f"{each['source']} {format_yuan(each['price_fen'])}" for each in application.reference_prices
        ],
        "terms": terms_in_words(agreed.terms) if agreed else [],
        "agreement": _term_of(application),
        "households": sorted(codes.values()),
        "promised_households": application.promised_households,
        "promised_income_fen": application.promised_income_fen,
        "evidence": [
            f"{EVIDENCE_WORDS[row.kind]}{'：' + row.title if row.title else ''}（{row.sha256[:8]}）"
            for row in evidence_of(application.id)
        ],
    }


def _term_of(application: Application) -> str:
    agreement = (
        db.session.get(LinkageAgreement, application.agreement_id) if application.agreement_id else None
    )
    return f"{agreement.starts_on:%Y.%m.%d}–{agreement.ends_on:%Y.%m.%d}" if agreement else ""


def renamed_in_words(application: Application) -> list[str]:
    """What a change calls the product otherwise, for its public notice."""
    return [
        f"{LABELS['product' if name == 'name' else name]}改为 {word or '不写'}"
        for name, word in application.product_changes.items()
    ]


def keep_version(application: Application, actor_id: int | None) -> int:
    """Part of each submission; returns the round, from 1."""
    last = db.session.scalar(
        select(func.max(ApplicationVersion.round)).where(ApplicationVersion.application_id == application.id)
    )
    version = ApplicationVersion(
        application_id=application.id,
        round=(last or 0) + 1,
        facts=snapshot(application),
        at=clock.now(),
        by=actor_id,
    )
    db.session.add(version)
    db.session.flush()
    return version.round


def changes_since(application_id: int, earlier_id: int | None = None) -> list[Change]:
    """What the last submission changed against the one before; for a renewal or change handed in for the first time,
    against the last submission of ``earlier_id``, the application it was copied from. Empty where there is none."""
    versions = db.session.scalars(
        select(ApplicationVersion.facts)
        .where(ApplicationVersion.application_id == application_id)
        .order_by(ApplicationVersion.round.desc())
        .limit(2)
    ).all()
    if len(versions) == 1 and earlier_id is not None:
        versions = [versions[0], *_last_facts(earlier_id)]
    if len(versions) < 2:
        return []
    after, before = versions
    return compare(before, after)


def _last_facts(application_id: int) -> list[dict[str, Any]]:
    found = db.session.scalars(
        select(ApplicationVersion.facts)
        .where(ApplicationVersion.application_id == application_id)
        .order_by(ApplicationVersion.round.desc())
        .limit(1)
    ).first()
    return [] if found is None else [found]


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Differences in the order of the form."""
    found = []
    for code, label in LABELS.items():
        old, new = before.get(code), after.get(code)
        if (old or None) == (new or None):
            continue
        if isinstance(new, list) or isinstance(old, list):
            had, has = list(old or []), list(new or [])
            added = tuple(each for each in has if each not in had)
            removed = tuple(each for each in had if each not in has)
            if added or removed:
                found.append(Change(label, "", "", added, removed))
        else:
            found.append(Change(label, _word(code, old), _word(code, new)))
    return found


def _word(code: str, value: Any) -> str:
    if value in (None, ""):
        return "没有填"
    return format_yuan(int(value)) if code.endswith("_fen") else str(value)
