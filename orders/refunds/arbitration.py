"""The platform decides between buyer and supplier: asked for once, by a buyer whose claim was refused."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from orders.ordering.concerned import is_concerned
from orders.payments.rules import Buyer
from orders.refunds.commands import check_units
from orders.refunds.granting import give_money_back, locked_lines, locked_refund, step
from orders.refunds.models import Refund, RefundLine
from orders.refunds.parameters import APPEAL_DAYS
from orders.refunds.queries import pending_units, require_buyers_refund
from orders.refunds.returning import let_return
from orders.refunds.workflow import REFUND


class Ruling(StrEnum):
    """For the buyer, for the buyer once the goods are back, for the supplier."""

    REFUND = "refund"
    RETURN_FIRST = "return_first"
    UPHOLD = "uphold"


def may_appeal(refund: Refund) -> bool:
    """Whether a refusal of the supplier's can be brought before the platform: once each, for some days."""
    refused_at = refund.decided_at
    return (
        REFUND.allows(refund.state, "appeal")
        and refused_at is not None
        and (refund.appealed_at is None or refund.appealed_at < refused_at)
        and clock.now() <= refused_at + timedelta(days=APPEAL_DAYS.get())
    )


@transactional
def appeal(buyer: Buyer, order_number: str, refund_id: int, text: str) -> None:
    """Raises NotFound, InvalidInput without a word or when its units were given back meanwhile, Conflict
    ``refunds.no_appeal`` when it is over or not the time."""
    require_buyers_refund(buyer, order_number, refund_id)
    refund, order = locked_refund(refund_id)
    if not may_appeal(refund):
        raise Conflict("refunds.no_appeal")
    said = text.strip()[:300]
    if len(said) < 5:
        raise InvalidInput("refunds.appeal_text", field="text")
    pending = pending_units(order.id)
    lines = {line.id: line for line in locked_lines(order.id)}
    for part in db.session.scalars(select(RefundLine).where(RefundLine.refund_id == refund.id)):
        line = lines[part.line_id]
        check_units(line, line.refunded_units + pending.get(line.id, 0), part.units)
    refund.appeal, refund.appealed_at = said, clock.now()
    step(refund, "appeal", buyer.user_id, said)


@transactional
def rule(
    actor: Actor,
    refund_id: int,
    ruling: Ruling,
    reason: str,
    *,
    return_to: str = "",
    restock: Mapping[int, bool] | None = None,
) -> None:
    """The platform's word, with its reason, which both sides read. Nobody rules on a case of their own.

    Raises NotFound unless an admin asks, Conflict ``refunds.own_case``, InvalidInput, IllegalTransition.
    """
    if not actor.has_role(Role.ADMIN):
        raise NotFound
    refund, order = locked_refund(refund_id)
    if is_concerned(actor, order):
        raise Conflict("refunds.own_case")
    said = reason.strip()[:300]
    if len(said) < 5:
        raise InvalidInput("refunds.ruling_reason", field="reason")
    refund.ruling, refund.ruled_at, refund.ruled_by = said, clock.now(), actor.user_id
    if ruling is Ruling.UPHOLD:
        step(refund, "reject", actor.user_id, said)
    elif ruling is Ruling.RETURN_FIRST:
        if refund.sent_back_at is not None:
            raise InvalidInput("refunds.sent_back_already", field="ruling")
        let_return(refund, return_to, actor.user_id, said)
    else:
        step(refund, "approve", actor.user_id, said)
        give_money_back(refund, order, restock or {}, actor.user_id)
