"""Settlement bills: issued when a period is over, checked by the supplier, settled by finance with a voucher.

An instruction and a proof: the platform holds no money. A settled bill clears the accounts of its period in the ledger.
"""

from datetime import date, timedelta

from sqlalchemy import func, select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.clock import local_date, local_day_start
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.money import format_yuan
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties.models import Supplier
from orders.ledger.commands import post_settlement
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ordering.concerned import refuse_of_seller
from orders.settlement.bill_rules import SETTLED, BillSums, SettlementPeriod, periods_until, sums_of
from orders.settlement.models import SettlementBill, SettlementTerms
from orders.settlement.rules import check_payment
from orders.settlement.workflow import BILL

MAX_TEXT = 300


def period_of(supplier_id: int) -> SettlementPeriod:
    terms = db.session.get(SettlementTerms, supplier_id)
    return terms.period if terms is not None else SettlementPeriod.MONTH


@transactional
def set_period(actor: Actor, supplier_id: int, period: SettlementPeriod) -> None:
    """Finance agrees another period with a supplier; the next bill begins where the last one ended. Raises NotFound."""
    if not actor.has_role(Role.FINANCE) or db.session.get(Supplier, supplier_id) is None:
        raise NotFound
    terms = db.session.get(SettlementTerms, supplier_id)
    if terms is None:
        db.session.add(SettlementTerms(supplier_id=supplier_id, period=period))
    else:
        terms.period = period
    audit.record(actor.user_id, "bill.period", "supplier", supplier_id, {"period": period})


def issue_due() -> int:
    """Job: bills of all periods that are over and moved something. Returns how many."""
    suppliers = db.session.scalars(
        select(Posting.supplier_id).where(Posting.supplier_id.is_not(None)).distinct()
    ).all()
    return sum(issue_bills(supplier_id) for supplier_id in sorted(s for s in suppliers if s is not None))


@transactional
def issue_bills(supplier_id: int) -> int:
    """One supplier's bills that are due; of two at once the second finds nothing left."""
    db.session.execute(select(Supplier.id).where(Supplier.id == supplier_id).with_for_update())
    first = _next_day(supplier_id)
    if first is None:
        return 0
    issued = 0
    for start, end in periods_until(period_of(supplier_id), first, clock.today()):
        issued += _issue(supplier_id, start, end)
    return issued


def _next_day(supplier_id: int) -> date | None:
    """The day after the last bill, else the day of the first posting."""
    last = db.session.scalar(
        select(func.max(SettlementBill.last_day)).where(SettlementBill.supplier_id == supplier_id)
    )
    if last is not None:
        return last + timedelta(days=1)
    first = db.session.scalar(
        select(func.min(Posting.at)).where(
            Posting.supplier_id == supplier_id, Posting.account_kind.in_(SETTLED)
        )
    )
    return local_date(first).replace(day=1) if first is not None else None


def sums_between(supplier_id: int, first: date, last: date) -> BillSums:
    """What a period moved, both days included."""
    rows = db.session.execute(
        select(Posting.account_kind, func.sum(Posting.fen))
        .where(
            Posting.supplier_id == supplier_id,
            Posting.order_id.is_not(None),
            Posting.account_kind.in_(SETTLED),
            Posting.at >= local_day_start(first),
            Posting.at < local_day_start(last + timedelta(days=1)),
        )
        .group_by(Posting.account_kind)
    )
    return sums_of({AccountKind(kind): int(fen) for kind, fen in rows})


def _issue(supplier_id: int, first: date, last: date) -> int:
    """0 for a period without any movement: it is part of no bill."""
    sums = sums_between(supplier_id, first, last)
    if sums == sums_of({}):
        return 0
    bill = SettlementBill(
        number=f"JS{last:%Y%m}{next_number(f'bill:{last:%Y%m}'):05d}",
        supplier_id=supplier_id,
        state=BILL.initial,
        first_day=first,
        last_day=last,
        starts_at=local_day_start(first),
        ends_at=local_day_start(last + timedelta(days=1)),
        goods_fen=sums.goods_fen,
        freight_fen=sums.freight_fen,
        received_fen=sums.received_fen,
        subsidy_fen=sums.subsidy_fen,
        disputed_fen=sums.disputed_fen,
        fee_fen=sums.fee_fen,
        outlet_fee_fen=sums.outlet_fee_fen,
        settle_fen=sums.settle_fen,
        issued_at=clock.now(),
        objection="",
        answer="",
        voucher_number="",
    )
    db.session.add(bill)
    db.session.flush()
    audit.record(None, "bill.issue", "bill", bill.id, {"settle_fen": bill.settle_fen})
    tell(
        Topic.PAYOUT,
        holders([Role.SUPPLIER_OWNER], ScopeKind.SUPPLIER, [supplier_id]),
        f"结算单 {bill.number} 出账了",
        f"{first:%Y-%m-%d} 到 {last:%Y-%m-%d}，请核对后确认。",
        endpoint="supplier.bill",
        params={"bill_id": bill.id},
        key=f"bill-{bill.id}",
    )
    return 1


def _locked(bill_id: int) -> SettlementBill:
    bill = db.session.get(SettlementBill, bill_id, with_for_update=True, populate_existing=True)
    if bill is None:
        raise NotFound
    return bill


def _own(actor: Actor, bill_id: int) -> SettlementBill:
    bill = _locked(bill_id)
    if bill.supplier_id not in actor.owned_supplier_ids:
        raise NotFound
    return bill


def _of_finance(actor: Actor, bill_id: int) -> SettlementBill:
    bill = _locked(bill_id)
    if not actor.has_role(Role.FINANCE):
        raise NotFound
    refuse_of_seller(actor, bill.supplier_id)
    return bill


@transactional
def check_bill(actor: Actor, bill_id: int) -> None:
    """An owner of the supplier finds it right; what finance has not answered yet is still in doubt.

    Raises NotFound, IllegalTransition when it is checked, Conflict while an objection waits for an answer.
    """
    bill = _own(actor, bill_id)
    after = BILL.next(bill.state, "check")
    if bill.objection and not bill.answer:
        raise Conflict("bills.not_answered")
    bill.state = after
    bill.checked_at, bill.checked_by = clock.now(), actor.user_id
    audit.record(actor.user_id, "bill.check", "bill", bill_id)


@transactional
def object_to_bill(actor: Actor, bill_id: int, text: str) -> None:
    """An owner says what is wrong; finance answers, and mistakes are corrected in the books of today. A checked bill is
    to be checked again, so finance cannot settle what is in doubt.

    Raises NotFound, InvalidInput at ``text``, IllegalTransition when it is settled.
    """
    bill = _own(actor, bill_id)
    before, after = bill.state, BILL.next(bill.state, "object")
    said = text.strip()
    if not 4 <= len(said) <= MAX_TEXT:
        raise InvalidInput("bills.objection", field="text")
    if bill.objection.split() == said.split() and not bill.answer:
        return  # sent again, from before or from another tab: finance knows
    bill.state, bill.checked_at, bill.checked_by = after, None, None
    bill.objection, bill.answer = said, ""
    audit.record(actor.user_id, "bill.object", "bill", bill_id, {"from": before}, said)
    tell(
        Topic.PAYOUT,
        holders([Role.FINANCE], ScopeKind.PLATFORM, [""]),
        f"结算单 {bill.number} 有异议",
        said,
        endpoint="finance.bill",
        params={"bill_id": bill_id},
    )


@transactional
def withdraw_objection(actor: Actor, bill_id: int) -> None:
    """An owner takes back what finance has not answered: it was a mistake, and the bill waits to be checked.

    Raises NotFound, IllegalTransition when it is settled, Conflict where no objection waits for an answer.
    """
    bill = _own(actor, bill_id)
    bill.state = BILL.next(bill.state, "withdraw")
    if not bill.objection or bill.answer:
        raise Conflict("bills.none_to_withdraw")
    said, bill.objection = bill.objection, ""
    audit.record(actor.user_id, "bill.withdraw", "bill", bill_id, reason=said)
    tell(
        Topic.PAYOUT,
        holders([Role.FINANCE], ScopeKind.PLATFORM, [""]),
        f"结算单 {bill.number} 的异议收回了",
        "供应商自己收回的，不用再答复。",
        endpoint="finance.bill",
        params={"bill_id": bill_id},
    )


@transactional
def answer_objection(actor: Actor, bill_id: int, objection: str, text: str) -> None:
    """Finance has looked into ``objection``, as it was read. Raises NotFound, Forbidden for the supplier's own people,
    Conflict where nobody objected or something else is objected meanwhile, InvalidInput at ``text``."""
    bill = _of_finance(actor, bill_id)
    if not bill.objection:
        raise Conflict("bills.no_objection")
    if bill.objection.split() != objection.split():
        raise Conflict("bills.other_objection", field="text")
    said = text.strip()
    if not 4 <= len(said) <= MAX_TEXT:
        raise InvalidInput("bills.answer", field="text")
    bill.answer = said
    audit.record(actor.user_id, "bill.answer", "bill", bill_id, reason=said)
    tell(
        Topic.PAYOUT,
        holders([Role.SUPPLIER_OWNER], ScopeKind.SUPPLIER, [bill.supplier_id]),
        f"结算单 {bill.number} 的异议有答复了",
        said,
        endpoint="supplier.bill",
        params={"bill_id": bill_id},
    )


@transactional
def settle_bill(actor: Actor, bill_id: int, paid_on: date, voucher_number: str) -> None:
    """Finance has paid, received or, where nothing is open, closed it; the period's accounts are cleared.

    Raises NotFound, Forbidden for the supplier's own people, IllegalTransition before it is checked or when it is
    settled, InvalidInput at a field.
    """
    bill = _of_finance(actor, bill_id)
    state = BILL.next(bill.state, "settle")
    number = voucher_number.strip()
    check_payment(paid_on, number, clock.today())
    bill.state, bill.settled_at, bill.settled_by = state, clock.now(), actor.user_id
    bill.paid_on, bill.voucher_number = paid_on, number
    db.session.flush()
    post_settlement(bill_id, bill.supplier_id, bill.starts_at, bill.ends_at, actor.user_id)
    audit.record(actor.user_id, "bill.settle", "bill", bill_id, {"settle_fen": bill.settle_fen})
    tell(
        Topic.PAYOUT,
        holders([Role.SUPPLIER_OWNER], ScopeKind.SUPPLIER, [bill.supplier_id]),
        f"结算单 {bill.number} 结清了",
        f"{format_yuan(abs(bill.settle_fen))}，凭证 {number}。",
        endpoint="supplier.bill",
        params={"bill_id": bill_id},
    )
