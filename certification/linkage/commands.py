"""Making agreements and receiving lots. An agreement binds from the day its product is certified: its terms were then
confirmed household by household, and are never edited again, only replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select

from certification.linkage.events import TermsChanged
from certification.linkage.models import LinkageAgreement, LinkageMember, LinkageTerm, SupplyLot
from certification.linkage.rules import LinkageMode, LotPayment, Member, Term, check_terms
from certification.linkage.workflow import AGREEMENT, AgreementState
from certification.products.models import DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Supplier, SupplierHousehold
from marketplace.parties.outlet_links import may_collect


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    terms: tuple[Term, ...]
    members: tuple[Member, ...]
    starts_on: date
    ends_on: date
    party_branch: str = ""
    leading_enterprise: str = ""


@dataclass(frozen=True, slots=True)
class LotDelivery:
    """``grams`` weighed, ``total_fen`` agreed for all of it, packed into ``units`` whole units of one SKU."""

    payment: LotPayment
    grams: int
    total_fen: int
    units: int
    received_on: date
    grade: str = ""
    place: str = ""
    voucher_number: str = ""


@transactional
def create_agreement(
    actor: Actor, supplier_id: int, product_id: int, facts: AgreementFacts, document: Upload | None = None
) -> int:
    """A draft. Raises NotFound for a foreign supplier or product, InvalidInput at a field."""
    product = db.session.get(DeclaredProduct, product_id)
    if not actor.acts_for_supplier(supplier_id) or product is None or product.supplier_id != supplier_id:
        raise NotFound
    _check(supplier_id, facts)
    earlier = db.session.scalars(
        select(LinkageAgreement.version).where(LinkageAgreement.product_id == product_id)
    ).all()
    agreement = LinkageAgreement(
        supplier_id=supplier_id,
        product_id=product_id,
        state=AGREEMENT.initial,
        version=max(earlier, default=0) + 1,
        created_at=clock.now(),
        created_by=actor.user_id,
    )
    _fill(agreement, facts, document, actor)
    audit.record(actor.user_id, "linkage.create", "linkage_agreement", agreement.id)
    return agreement.id


@transactional
def update_agreement(
    actor: Actor, agreement_id: int, facts: AgreementFacts, document: Upload | None = None
) -> None:
    """Change a draft. ``applications.commands.change_agreement`` first makes sure that nobody is reviewing it."""
    agreement = _own(actor, agreement_id)
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
    audit.record(actor.user_id, "linkage.activate", "linkage_agreement", agreement.id)
    db.session.flush()
    publish(TermsChanged(agreement.product_id))


@transactional
def end_agreement(actor: Actor, agreement_id: int, reason: str) -> None:
    """Stops sales at the next request unless another agreement covers the product."""
    agreement = _own(actor, agreement_id)
    if not reason.strip():
        raise InvalidInput("linkage.reason", field="reason")
    agreement.state = AGREEMENT.next(agreement.state, "end")
    audit.record(actor.user_id, "linkage.end", "linkage_agreement", agreement.id, reason=reason)
    db.session.flush()
    publish(TermsChanged(agreement.product_id))


@transactional
def receive_lot(
    actor: Actor,
    agreement_id: int,
    household_id: int,
    sku_id: int,
    delivery: LotDelivery,
    voucher: Upload | None = None,
    *,
    outlet_id: int | None = None,
) -> int:
    """Record what one household brought; returns the lot's id. With ``outlet_id`` an outlet collects for the supplier.

    The caller has checked that the SKU packs the agreement's product and puts the units into stock in the same
    transaction. Raises NotFound for what is not the actor's, Conflict for an agreement not in force, InvalidInput.
    """
    agreement = _own(actor, agreement_id) if outlet_id is None else _collected(actor, agreement_id, outlet_id)
    _check_receivable(agreement, household_id)
    _check_delivery(delivery, agreement.starts_on)
    if outlet_id is not None and delivery.payment is not LotPayment.CONSIGNED:
        raise InvalidInput(
            "linkage.outlet_pays_nobody", field="payment"
        )  # it is the supplier's debt and voucher
    today = clock.today()
    lot = SupplyLot(
        number=f"P{today:%Y%m}{next_number(f'lots.{today:%Y%m}'):05d}",
        agreement_id=agreement.id,
        household_id=household_id,
        sku_id=sku_id,
        payment=delivery.payment,
        grams=delivery.grams,
        grade=delivery.grade[:40],
        place=delivery.place[:80],
        received_on=delivery.received_on,
        total_fen=delivery.total_fen,
        units=delivery.units,
        voucher_number=delivery.voucher_number[:60] or None,
        voucher_id=store_document(voucher, actor.user_id).id if voucher else None,
        outlet_id=outlet_id,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
    )
    db.session.add(lot)
    db.session.flush()
    where = {"outlet": outlet_id} if outlet_id is not None else {}
    audit.record(
        actor.user_id, "linkage.receive_lot", "supply_lot", lot.id, {"household": household_id, **where}
    )
    return lot.id


def _check_receivable(agreement: LinkageAgreement, household_id: int) -> None:
    """Whether goods of this household may come in under the agreement today."""
    if (
        agreement.state is not AgreementState.ACTIVE
        or not agreement.starts_on <= clock.today() <= agreement.ends_on
    ):
        raise Conflict("linkage.not_in_force")
    modes = select(LinkageTerm.mode).where(LinkageTerm.agreement_id == agreement.id)
    if LinkageMode.PURCHASE not in db.session.scalars(modes).all():
        raise Conflict("linkage.buys_nothing")
    member = db.session.scalar(
        select(LinkageMember.id).where(
            LinkageMember.agreement_id == agreement.id, LinkageMember.household_id == household_id
        )
    )
    if member is None:
        raise InvalidInput("linkage.not_a_member", field="household_id")


def _check_delivery(delivery: LotDelivery, starts_on: date) -> None:
    """Lots sell oldest first: one dated before its agreement would push in before the others'."""
    if not 1 <= delivery.grams <= 100_000_000:
        raise InvalidInput("linkage.lot_grams", field="grams")
    if not 1 <= delivery.total_fen <= 1_000_000_000:
        raise InvalidInput("linkage.lot_total", field="total_fen")
    if not 1 <= delivery.units <= 1_000_000:
        raise InvalidInput("linkage.lot_units", field="units")
    if delivery.received_on > clock.today():
        raise InvalidInput("linkage.lot_in_future", field="received_on")
    if delivery.received_on < starts_on:
        raise InvalidInput(
            "linkage.lot_before_agreement", field="received_on", starts_on=f"{starts_on:%Y-%m-%d}"
        )
    if delivery.payment is LotPayment.BOUGHT and not delivery.voucher_number.strip():
        raise InvalidInput("linkage.lot_voucher", field="voucher_number")


def _own(actor: Actor, agreement_id: int) -> LinkageAgreement:
    agreement = db.session.get(LinkageAgreement, agreement_id)
    if agreement is None or not actor.acts_for_supplier(agreement.supplier_id):
        raise NotFound
    return agreement


def _collected(actor: Actor, agreement_id: int, outlet_id: int) -> LinkageAgreement:
    """An agreement under which an outlet of the actor's collects for the supplier."""
    agreement = db.session.get(LinkageAgreement, agreement_id)
    if (
        agreement is None
        or outlet_id not in actor.outlet_ids
        or not may_collect(outlet_id, agreement.supplier_id)
    ):
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


def _fill(agreement: LinkageAgreement, facts: AgreementFacts, document: Upload | None, actor: Actor) -> None:
    agreement.starts_on, agreement.ends_on = facts.starts_on, facts.ends_on
    agreement.party_branch = facts.party_branch[:80]
    agreement.leading_enterprise = facts.leading_enterprise[:80]
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
        )
        for term in facts.terms
    )
    db.session.add_all(
        LinkageMember(agreement_id=agreement.id, household_id=member.household_id, shares=member.shares)
        for member in facts.members
    )
