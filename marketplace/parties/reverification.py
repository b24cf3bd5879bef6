"""Going through admitted suppliers again every few months: the owner says that the facts still hold, an admin looks.

The rule asks for it (《网络交易监督管理办法》第二十四条); nobody is suspended by the calendar alone, an admin decides.
"""

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import Conflict, InvalidInput
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties import queries
from marketplace.parties.admission import set_verified
from marketplace.parties.commands import own_supplier
from marketplace.parties.examination import examinable
from marketplace.parties.household_commands import check_reason
from marketplace.parties.models import Supplier
from marketplace.parties.requirement_rules import Need, Standing
from marketplace.parties.standing_rules import Verification
from marketplace.parties.steps import record_step
from marketplace.parties.workflow import SupplierState

#: standings that keep a supplier from saying that all still holds; papers asked for since it was admitted are not held
#: against it, they are shown
_BROKEN = frozenset({Standing.EXPIRED, Standing.SENT_BACK})


def broken_needs(needs: list[Need]) -> list[Need]:
    """Required things that ran out or were sent back: to be mended before the facts can be confirmed."""
    return [need for need in needs if need.is_required and need.standing in _BROKEN]


@transactional
def reattest(actor: Actor, supplier_id: int) -> None:
    """An owner says that what the platform has on file still holds.

    Raises NotFound for staff, Conflict before admission, when it is too early or was said already, InvalidInput when a
    required paper ran out or was sent back.
    """
    supplier = own_supplier(actor, supplier_id)
    facts = queries.get_supplier(supplier_id)
    if supplier.state is not SupplierState.APPROVED or facts.verification not in {
        Verification.SOON,
        Verification.OVERDUE,
    }:
        raise Conflict("parties.not_due")
    broken = broken_needs(queries.needs_of(facts))
    if broken:
        raise InvalidInput("parties.broken", count=len(broken))
    supplier.reattested_at = clock.now()
    record_step(supplier_id, "reattest", actor.user_id)
    audit.record(actor.user_id, "suppliers.reattest", "supplier", supplier_id)


def _confirmed(actor: Actor, supplier_id: int) -> Supplier:
    supplier = examinable(actor, supplier_id)
    if supplier.state is not SupplierState.APPROVED or supplier.reattested_at is None:
        raise Conflict("parties.not_confirmed")
    return supplier


@transactional
def verify_again(actor: Actor, supplier_id: int) -> None:
    """An admin went through the facts the owner confirmed; the next date moves on.

    Raises Forbidden for the concerned, Conflict when the owner confirmed nothing or a required paper ran out since.
    """
    supplier = _confirmed(actor, supplier_id)
    broken = broken_needs(queries.needs_of(queries.get_supplier(supplier_id)))
    if broken:
        raise Conflict("parties.broken", count=len(broken))
    set_verified(supplier)
    record_step(supplier_id, "verify", actor.user_id)
    audit.record(actor.user_id, "suppliers.verify", "supplier", supplier_id)
    tell(
        Topic.ADMISSION,
        queries.members_of(supplier_id),
        f"{supplier.name}：半年复核通过",
        "下一次复核到期前会再告诉您。",
        endpoint="supplier.verification",
    )


@transactional
def return_verification(actor: Actor, supplier_id: int, reason: str) -> None:
    """Something does not hold: the owner has to mend it and confirm again. Raises InvalidInput at ``reason``."""
    why = check_reason(reason)
    supplier = _confirmed(actor, supplier_id)
    supplier.reattested_at = None
    record_step(supplier_id, "verify_return", actor.user_id, why)
    audit.record(actor.user_id, "suppliers.verify_return", "supplier", supplier_id, reason=why)
    tell(
        Topic.ADMISSION,
        queries.members_of(supplier_id),
        f"{supplier.name}：复核退回",
        "有一项要改，原因见页面，改好再确认一次。",
        endpoint="supplier.verification",
    )
