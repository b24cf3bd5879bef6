"""Receiving lots: what one household brought, weighed, agreed and packed. Its code leads anyone to where the goods come
from, and nobody to whom."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from certification.linkage.commands import own_agreement
from certification.linkage.models import LinkageAgreement, LinkageMember, LinkageTerm, SupplyLot
from certification.linkage.rules import LinkageMode, LotPayment
from certification.linkage.workflow import AgreementState
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.numbering import new_token, next_number
from marketplace.kernel.transaction import transactional
from marketplace.parties.outlet_links import may_collect


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
    agreement = (
        own_agreement(actor, agreement_id)
        if outlet_id is None
        else _collected(actor, agreement_id, outlet_id)
    )
    _check_receivable(agreement, household_id)
    _check_delivery(delivery, agreement.starts_on)
    if outlet_id is not None and delivery.payment is not LotPayment.CONSIGNED:
        raise InvalidInput(
            "linkage.outlet_pays_nobody", field="payment"
        )  # it is the supplier's debt and voucher
    lot = _lot(actor, delivery)
    lot.agreement_id, lot.household_id = agreement.id, household_id
    lot.sku_id, lot.outlet_id = sku_id, outlet_id
    if voucher:
        with at_field("voucher"):
            lot.voucher_id = store_document(voucher, actor.user_id).id
    db.session.add(lot)
    db.session.flush()
    where = {"outlet": outlet_id} if outlet_id is not None else {}
    audit.record(
        actor.user_id, "linkage.receive_lot", "supply_lot", lot.id, {"household": household_id, **where}
    )
    return lot.id


def _lot(actor: Actor, delivery: LotDelivery) -> SupplyLot:
    today = clock.today()
    return SupplyLot(
        number=f"P{today:%Y%m}{next_number(f'lots.{today:%Y%m}'):05d}",
        trace_code=new_token(),
        payment=delivery.payment,
        grams=delivery.grams,
        grade=delivery.grade[:40],
        place=delivery.place[:80],
        received_on=delivery.received_on,
        total_fen=delivery.total_fen,
        units=delivery.units,
        voucher_number=delivery.voucher_number[:60] or None,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
    )


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
