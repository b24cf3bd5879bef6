"""Recording that a supplier paid a household, that the bank sent it back, that the household has it.

The platform moves no money here: a disbursement is a proof, and its ledger entry says in which state the income is.
"""

from datetime import date

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Household, Supplier
from orders.ledger.commands import post_acknowledgement, post_bounce, post_disbursement
from orders.ledger.queries import DueRow, due_rows, kept_after_payout
from orders.ordering.lots import unbook
from orders.settlement.models import Disbursement, DisbursementRow
from orders.settlement.rules import check_payment, may_acknowledge
from orders.settlement.telling import tell_bounced, tell_paid
from orders.settlement.workflow import DISBURSEMENT


@transactional
def record_disbursement(
    actor: Actor,
    supplier_id: int,
    household_id: int,
    paid_on: date,
    voucher_number: str,
    voucher: Upload | None,
    expected_fen: int | None = None,
) -> int:
    """Close every row due to one household. Returns the disbursement's id.

    ``expected_fen`` is the sum the payer saw: another one is refused, so that nobody confirms what they did not read.
    Raises NotFound for a foreign supplier or a household nothing ever was due to, Conflict ``settlement.nothing_due``
    (also for the second of two at once) or ``settlement.changed``, InvalidInput at a field.
    """
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    number = voucher_number.strip()
    check_payment(paid_on, number, clock.today())
    rows = _due_under_lock(supplier_id, household_id)
    if not rows:
        raise Conflict("settlement.nothing_due")
    amount = sum(row.fen for row in rows)
    if expected_fen is not None and expected_fen != amount:
        raise Conflict("settlement.changed", now_fen=amount)
    _refuse_used_voucher(supplier_id, household_id, number)
    if voucher is None or not voucher.filename:
        raise InvalidInput("settlement.voucher_file", field="voucher")
    with at_field("voucher"):
        media = store_document(voucher, actor.user_id)
    return insert_disbursement(actor.user_id, supplier_id, rows, paid_on, number, media.id)


@transactional
def insert_disbursement(
    by: int | None, supplier_id: int, rows: list[DueRow], paid_on: date, voucher_number: str, voucher_id: int
) -> int:
    """Write a disbursement of these due rows of one household, with its ledger entry. For commands above only."""
    moment = clock.now()
    disbursement = Disbursement(
        number=f"FK{clock.today():%Y}{next_number(f'disbursement:{clock.today():%Y}'):06d}",
        supplier_id=supplier_id,
        household_id=rows[0].household_id,
        village_code=rows[0].village_code,
        state=DISBURSEMENT.initial,
        amount_fen=sum(row.fen for row in rows),
        paid_on=paid_on,
        voucher_number=voucher_number,
        voucher_id=voucher_id,
        recorded_at=moment,
        recorded_by=by,
    )
    db.session.add(disbursement)
    db.session.flush()
    db.session.add_all(
        DisbursementRow(disbursement_id=disbursement.id, line_income_id=row.line_income_id, fen=row.fen)
        for row in rows
    )
    db.session.flush()
    post_disbursement(disbursement.id, [(row.line_income_id, row.fen) for row in rows], by)
    audit.record(by, "disbursement.record", "disbursement", disbursement.id, {"fen": disbursement.amount_fen})
    tell_paid(disbursement)
    return disbursement.id


def _due_under_lock(supplier_id: int, household_id: int) -> list[DueRow]:
    """What is due while nobody else can pay this household: its row is locked first, then the rows are read."""
    locked = select(Household.id).where(Household.id == household_id).with_for_update()
    if db.session.scalar(locked) is None:
        raise NotFound
    return due_rows(supplier_id, household_id)


def _refuse_used_voucher(supplier_id: int, household_id: int, voucher_number: str) -> None:
    used = select(Disbursement.id).where(
        Disbursement.household_id == household_id,
        Disbursement.supplier_id == supplier_id,
        Disbursement.voucher_number == voucher_number,
    )
    if db.session.scalar(used) is not None:
        raise InvalidInput("settlement.voucher_used", field="voucher_number")


@transactional
def record_bounce(actor: Actor, disbursement_id: int, reason: str) -> None:
    """The bank sent the money back: a reversing entry, and the rows are due again.

    By the paying supplier or by finance; NotFound for anybody else, IllegalTransition unless it still counts as paid,
    InvalidInput without a reason.
    """
    disbursement = _locked(disbursement_id)
    if not (actor.acts_for_supplier(disbursement.supplier_id) or actor.has_role(Role.FINANCE)):
        raise NotFound
    state = DISBURSEMENT.next(disbursement.state, "bounce")
    text = reason.strip()
    if not 1 <= len(text) <= 200:
        raise InvalidInput("settlement.reason", field="reason")
    disbursement.state = state
    disbursement.bounced_at = clock.now()
    disbursement.bounce_reason = text
    db.session.flush()
    rows = _rows(disbursement_id)
    before = kept_after_payout([line_income_id for line_income_id, _ in rows])
    post_bounce(disbursement_id, rows, actor.user_id)
    after = kept_after_payout(list(before))
    unbook({each: fen - after.get(each, 0) for each, fen in before.items()})
    audit.record(actor.user_id, "disbursement.bounce", "disbursement", disbursement_id, reason=text)
    tell_bounced(disbursement)


@transactional
def acknowledge(actor: Actor, disbursement_id: int) -> None:
    """The money has arrived, says the household or an official of its village (see ``rules.may_acknowledge``).

    Raises NotFound for anybody else, IllegalTransition when it bounced or was acknowledged before.
    """
    disbursement = _locked(disbursement_id)
    sponsor_id = db.session.scalar(select(Supplier.sponsor_id).where(Supplier.id == disbursement.supplier_id))
    if not may_acknowledge(
        household_id=disbursement.household_id,
        village_code=disbursement.village_code,
        paying_supplier_ids={disbursement.supplier_id, *([sponsor_id] if sponsor_id else [])},
        actor_household_ids=actor.household_ids,
        actor_regions=actor.official_regions,
        actor_supplier_ids=actor.supplier_ids,
    ):
        raise NotFound
    disbursement.state = DISBURSEMENT.next(disbursement.state, "acknowledge")
    disbursement.acknowledged_at = clock.now()
    disbursement.acknowledged_by = actor.user_id
    db.session.flush()
    post_acknowledgement(disbursement_id, _rows(disbursement_id), actor.user_id)
    as_household = disbursement.household_id in actor.household_ids
    audit.record(
        actor.user_id,
        "disbursement.acknowledge",
        "disbursement",
        disbursement_id,
        {"as": "household" if as_household else "village"},
    )


def _locked(disbursement_id: int) -> Disbursement:
    found = db.session.scalars(
        select(Disbursement)
        .where(Disbursement.id == disbursement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound
    return found


def _rows(disbursement_id: int) -> list[tuple[int, int]]:
    return [
        (line_income_id, fen)
        for line_income_id, fen in db.session.execute(
            select(DisbursementRow.line_income_id, DisbursementRow.fen)
            .where(DisbursementRow.disbursement_id == disbursement_id)
            .order_by(DisbursementRow.line_income_id)
        )
    ]
