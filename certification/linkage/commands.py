"""Making agreements, changing and ending them. An agreement binds from the day its product is certified: its terms were
then confirmed household by household, and are never edited again, only replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select

from certification.linkage.events import TermsChanged
from certification.linkage.models import (
    LinkageAgreement,
    LinkageMember,
    LinkageTerm,
    WorkSheetRow,
)
from certification.linkage.rules import LinkageMode, Member, Term, check_terms
from certification.linkage.workflow import AGREEMENT, AgreementState
from certification.products.models import DeclaredProduct
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties.models import Supplier, SupplierHousehold
from marketplace.parties.queries import admitted_clause
from marketplace.parties.rules import SupplierKind


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    terms: tuple[Term, ...]
    members: tuple[Member, ...]
    starts_on: date
    ends_on: date
    party_branch: str = ""
    leading_enterprise: str = ""
    #: the leading enterprise where it sells here; its name then comes from the register
    leading_enterprise_id: int | None = None


@transactional
def create_agreement(
    actor: Actor, supplier_id: int, product_id: int, facts: AgreementFacts, document: Upload | None = None
) -> int:
    """A draft. Raises NotFound for a foreign supplier or product, InvalidInput at a field."""
    product = db.session.get(DeclaredProduct, product_id)
    if not actor.acts_for_supplier(supplier_id) or product is None or product.supplier_id != supplier_id:
        raise NotFound
    _check(supplier_id, facts)
    agreement = _next_version(actor, supplier_id, product_id)
    _fill(agreement, facts, document, actor)
    audit.record(actor.user_id, "linkage.create", "linkage_agreement", agreement.id)
    return agreement.id


@transactional
def amend_agreement(actor: Actor, agreement_id: int, facts: AgreementFacts, reason: str) -> int:
    """A draft that changes the terms of an agreement in force; returns its id. The old version binds until the draft
    is confirmed household by household and certified by a change request.

    Raises Conflict ``linkage.not_active``, ``linkage.amendment_open`` while another draft of it is being made,
    InvalidInput ``linkage.amendment_reason``.
    """
    agreement = own_agreement(actor, agreement_id)
    if agreement.state is not AgreementState.ACTIVE:
        raise Conflict("linkage.not_active")
    if not reason.strip():
        raise InvalidInput("linkage.amendment_reason", field="reason")
    db.session.refresh(agreement, with_for_update=True)
    drafts = select(LinkageAgreement.id).where(
        LinkageAgreement.amends_id == agreement_id, LinkageAgreement.state == AgreementState.DRAFT
    )
    if db.session.scalar(drafts.limit(1)) is not None:
        raise Conflict("linkage.amendment_open")
    _check(agreement.supplier_id, facts)
    draft = _next_version(actor, agreement.supplier_id, agreement.product_id)
    draft.amends_id, draft.amendment_reason = agreement.id, reason.strip()[:300]
    _fill(draft, facts, None, actor)
    audit.record(
        actor.user_id,
        "linkage.amend",
        "linkage_agreement",
        draft.id,
        {"amends": agreement.id},
        reason.strip(),
    )
    return draft.id


def _next_version(actor: Actor, supplier_id: int, product_id: int) -> LinkageAgreement:
    earlier = db.session.scalars(
        select(LinkageAgreement.version).where(LinkageAgreement.product_id == product_id)
    ).all()
    return LinkageAgreement(
        supplier_id=supplier_id,
        product_id=product_id,
        state=AGREEMENT.initial,
        version=max(earlier, default=0) + 1,
        created_at=clock.now(),
        created_by=actor.user_id,
    )


@transactional
def update_agreement(
    actor: Actor, agreement_id: int, facts: AgreementFacts, document: Upload | None = None
) -> None:
    """Change a draft. ``applications.commands.change_agreement`` first makes sure that nobody is reviewing it."""
    agreement = own_agreement(actor, agreement_id)
    if agreement.state is not AgreementState.DRAFT:
        raise Conflict("linkage.not_a_draft")
    _check(agreement.supplier_id, facts)
    for model in (LinkageTerm, LinkageMember):
        db.session.execute(delete(model).where(model.agreement_id == agreement.id))
    _fill(agreement, facts, document, actor)
    audit.record(actor.user_id, "linkage.update", "linkage_agreement", agreement.id)


@transactional
def activate_agreement(actor: Actor, agreement_id: int) -> None:
    """Bind: called when the product is certified, by the official who does it; an active one stays as it is.

    Raises NotFound for anybody who is no official: a supplier can't change confirmed terms by itself.
    """
    agreement = db.session.get(LinkageAgreement, agreement_id)
    if agreement is None or not actor.official_regions:
        raise NotFound
    if agreement.state is AgreementState.ACTIVE:
        return
    agreement.state = AGREEMENT.next(agreement.state, "activate")
    for older in db.session.scalars(
        select(LinkageAgreement).where(
            LinkageAgreement.product_id == agreement.product_id,
            LinkageAgreement.state == AgreementState.ACTIVE,
            LinkageAgreement.id != agreement.id,
        )
    ):
        older.state = AGREEMENT.next(older.state, "end")
        audit.record(
            actor.user_id,
            "linkage.superseded",
            "linkage_agreement",
            older.id,
            {"by_version": agreement.version},
        )
    _carry_hours_over(agreement)
    audit.record(actor.user_id, "linkage.activate", "linkage_agreement", agreement.id)
    db.session.flush()
    publish(TermsChanged(agreement.product_id))
    _tell_supplier(
        agreement,
        f"联结协议第 {agreement.version} 版生效了",
        "要等一张村里确认过的工时表，才能开卖。" if _lacks_hours(agreement) else "从现在起按新版给农户算钱。",
    )


def _carry_hours_over(agreement: LinkageAgreement) -> None:
    """An amendment keeps the last closed work sheet where all who worked are still in it: the work was done, and a
    changed percentage is no reason to stop selling."""
    if agreement.amends_id is None or agreement.work_sheet_id is not None:
        return
    sheet_id = db.session.get_one(LinkageAgreement, agreement.amends_id).work_sheet_id
    worked = set(
        db.session.scalars(select(WorkSheetRow.household_id).where(WorkSheetRow.sheet_id == sheet_id))
    )
    members = set(
        db.session.scalars(
            select(LinkageMember.household_id).where(LinkageMember.agreement_id == agreement.id)
        )
    )
    if _pays_wages(agreement) and worked and worked <= members:
        agreement.work_sheet_id = sheet_id


def _pays_wages(agreement: LinkageAgreement) -> bool:
    modes = select(LinkageTerm.mode).where(LinkageTerm.agreement_id == agreement.id)
    return LinkageMode.LABOUR in db.session.scalars(modes).all()


def _lacks_hours(agreement: LinkageAgreement) -> bool:
    return agreement.work_sheet_id is None and _pays_wages(agreement)


def _tell_supplier(agreement: LinkageAgreement, title: str, text: str) -> None:
    tell(
        Topic.LINKAGE,
        holders([Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF], ScopeKind.SUPPLIER, [agreement.supplier_id]),
        title,
        text,
        endpoint="supplier.agreement",
        params={"agreement_id": agreement.id},
    )


@transactional
def end_agreement(actor: Actor, agreement_id: int, reason: str) -> None:
    """Stops sales at the next request unless another agreement covers the product."""
    agreement = own_agreement(actor, agreement_id)
    if not reason.strip():
        raise InvalidInput("linkage.reason", field="reason")
    agreement.state = AGREEMENT.next(agreement.state, "end")
    audit.record(actor.user_id, "linkage.end", "linkage_agreement", agreement.id, reason=reason)
    db.session.flush()
    publish(TermsChanged(agreement.product_id))


def own_agreement(actor: Actor, agreement_id: int) -> LinkageAgreement:
    """Raises NotFound for a foreign one."""
    agreement = db.session.get(LinkageAgreement, agreement_id)
    if agreement is None or not actor.acts_for_supplier(agreement.supplier_id):
        raise NotFound
    return agreement


def _check(supplier_id: int, facts: AgreementFacts) -> None:
    check_terms(facts.terms, facts.members, facts.starts_on, facts.ends_on)
    supplier = db.session.get_one(Supplier, supplier_id)
    households = [member.household_id for member in facts.members]
    own = any(term.mode is LinkageMode.OWN for term in facts.terms)
    if own and supplier.household_id not in households:
        raise InvalidInput("linkage.own_by_its_household", field="modes")
    _check_known(supplier, households)


def _check_known(supplier: Supplier, households: Sequence[int]) -> None:
    known = set(
        db.session.scalars(
            select(SupplierHousehold.household_id).where(SupplierHousehold.supplier_id == supplier.id)
        )
    )
    if not set(households) <= known | {supplier.household_id}:
        raise InvalidInput("linkage.unknown_household", field="members")


def _enterprise(supplier_id: int, facts: AgreementFacts) -> tuple[str, int | None]:
    """Its name and id. Raises InvalidInput for one that is not admitted here as a leading enterprise."""
    if facts.leading_enterprise_id is None:
        return facts.leading_enterprise[:80], None
    chosen = db.session.scalar(
        select(Supplier).where(
            Supplier.id == facts.leading_enterprise_id,
            Supplier.id != supplier_id,
            Supplier.kind == SupplierKind.LEADING_ENTERPRISE,
            admitted_clause(Supplier.id),
        )
    )
    if chosen is None:
        raise InvalidInput("linkage.no_such_enterprise", field="leading_enterprise_id")
    return chosen.name[:80], chosen.id


def _fill(agreement: LinkageAgreement, facts: AgreementFacts, document: Upload | None, actor: Actor) -> None:
    agreement.starts_on, agreement.ends_on = facts.starts_on, facts.ends_on
    agreement.party_branch = facts.party_branch[:80]
    agreement.leading_enterprise, agreement.leading_enterprise_id = _enterprise(agreement.supplier_id, facts)
    if document:
        agreement.document_id = store_document(document, actor.user_id).id
    db.session.add(agreement)
    db.session.flush()
    db.session.add_all(
        LinkageTerm(
            agreement_id=agreement.id,
            mode=term.mode,
            share_bp=term.share_bp,
            sponsor_fee_fen=term.sponsor_fee_fen,
            unit_fen=term.unit_fen,
        )
        for term in facts.terms
    )
    db.session.add_all(
        LinkageMember(
            agreement_id=agreement.id,
            household_id=member.household_id,
            shares=member.shares,
            mu_hundredths=member.mu_hundredths,
        )
        for member in facts.members
    )
