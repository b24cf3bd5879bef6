"""The versions of a product's agreement and what changed between two of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from certification.linkage.models import LinkageAgreement
from certification.linkage.rules import LinkageMode, Member, SaleTerms, Term, terms_in_words
from certification.linkage.words import MODE_WORDS
from certification.linkage.workflow import AgreementState
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: int
    version: int
    state: AgreementState
    starts_on: date
    ends_on: date
    amends_id: int | None
    amendment_reason: str


@dataclass(frozen=True, slots=True)
class TermChange:
    """``before`` and ``after`` in words; empty where there was nothing or nothing is left."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    action: str
    at: datetime
    actor_id: int | None
    reason: str


def versions_of(product_id: int, supplier_id: int) -> list[VersionRow]:
    """All agreements of one supplier for a product, newest first."""
    rows = db.session.execute(
        select(
            LinkageAgreement.id,
            LinkageAgreement.version,
            LinkageAgreement.state,
            LinkageAgreement.starts_on,
            LinkageAgreement.ends_on,
            LinkageAgreement.amends_id,
            LinkageAgreement.amendment_reason,
        )
        .where(LinkageAgreement.product_id == product_id, LinkageAgreement.supplier_id == supplier_id)
        .order_by(LinkageAgreement.version.desc(), LinkageAgreement.id.desc())
    )
    return [VersionRow(*row) for row in rows]


def history_of(agreement_id: int) -> list[HistoryEntry]:
    """Who did what to an agreement, newest first, from the audit rows."""
    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.at, AuditEntry.actor_id, AuditEntry.reason)
        .where(AuditEntry.subject == "linkage_agreement", AuditEntry.subject_id == str(agreement_id))
        .order_by(AuditEntry.id.desc())
        .limit(100)
    )
    return [HistoryEntry(action, at, actor_id, reason or "") for action, at, actor_id, reason in rows]


def changes_between(
    before: LinkageAgreement,
    old: SaleTerms,
    after: LinkageAgreement,
    new: SaleTerms,
    codes: Mapping[int, str],
) -> list[TermChange]:
    """What an amendment changes, in words: terms, days, partners, and each household's part. ``codes`` names the
    households of both."""
    members_before = {each.household_id: each for each in old.members}
    members_after = {each.household_id: each for each in new.members}
    changes = [
        TermChange("期限", _span(before), _span(after)),
        TermChange("党支部", before.party_branch, after.party_branch),
        TermChange("龙头企业", before.leading_enterprise, after.leading_enterprise),
        *(TermChange(MODE_WORDS[mode], _term(old.term(mode)), _term(new.term(mode))) for mode in LinkageMode),
        *(
            TermChange(
                f"农户 {codes.get(each, each)}",
                _part(members_before.get(each)),
                _part(members_after.get(each)),
            )
            for each in sorted(members_before.keys() | members_after.keys())
        ),
    ]
    return [change for change in changes if change.before != change.after]


def _span(agreement: LinkageAgreement) -> str:
    return f"{agreement.starts_on:%Y.%m.%d}–{agreement.ends_on:%Y.%m.%d}"


def _term(term: Term | None) -> str:
    return terms_in_words([term])[0].partition("：")[2] if term is not None else ""


def _part(member: Member | None) -> str:
    if member is None:
        return ""
    land = f"，流转 {member.mu_hundredths / 100:g} 亩" if member.mu_hundredths else ""
    return f"{member.shares} 股{land}"
