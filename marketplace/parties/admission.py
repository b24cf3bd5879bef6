"""Admitting suppliers: the admin's decisions, never one's own. Requirement by requirement: ``examination``."""

from marketplace.accounts.commands import grant_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import Conflict
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties import queries
from marketplace.parties.examination import examinable
from marketplace.parties.household_commands import check_reason, link
from marketplace.parties.models import Supplier
from marketplace.parties.requirement_rules import not_met
from marketplace.parties.standing_rules import add_months
from marketplace.parties.steps import record_step
from marketplace.parties.supplier_parameters import VERIFY_EVERY_MONTHS
from marketplace.parties.workflow import SUPPLIER


def _move(actor: Actor, supplier_id: int, action: str, reason: str) -> Supplier:
    supplier = examinable(actor, supplier_id)
    supplier.state = SUPPLIER.next(supplier.state, action)
    record_step(supplier_id, action, actor.user_id, reason)
    audit.record(actor.user_id, f"suppliers.{action}", "supplier", supplier_id, reason=reason or None)
    return supplier


def _tell(supplier: Supplier, title: str, text: str, endpoint: str = "supplier.papers") -> None:
    """Its owners, and its staff too when selling stops or goes on."""
    tell(
        Topic.ADMISSION,
        queries.members_of(supplier.id),
        f"{supplier.name}：{title}",
        text,
        endpoint=endpoint,
    )


def set_verified(supplier: Supplier) -> None:
    """Its facts were gone through today; the next time is set by the parameter. Joins the running transaction."""
    today = clock.today()
    supplier.verified_on, supplier.reattested_at = today, None
    supplier.verify_due_on = add_months(today, VERIFY_EVERY_MONTHS.get())


@transactional
def approve_supplier(actor: Actor, supplier_id: int) -> None:
    """Admit a submitted supplier of which every requirement is verified, waived or seen by the system; a pilot's owners
    may then see its household's income.

    Raises Forbidden for a member of it or of its sponsor, IllegalTransition, Conflict while something is left to look
    at or a paper ran out meanwhile.
    """
    SUPPLIER.next(examinable(actor, supplier_id).state, "approve")
    left = not_met(queries.needs_of(queries.get_supplier(supplier_id)))
    if left:
        raise Conflict("parties.to_examine", count=len(left))
    supplier = _move(actor, supplier_id, "approve", "")
    supplier.approved_at, supplier.approved_by = clock.now(), actor.user_id
    supplier.return_reason = None
    set_verified(supplier)
    if supplier.household_id is not None:
        link(supplier_id, supplier.household_id)
        for owner in sorted(queries.members_of(supplier_id, Role.SUPPLIER_OWNER)):
            grant_role(owner, Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, str(supplier.household_id), actor.user_id)
    _tell(supplier, "入驻通过了", "可以申报产品、邀请员工了。", "supplier.home")


@transactional
def return_supplier(actor: Actor, supplier_id: int, reason: str) -> None:
    """Send a submitted supplier back; what was sent back requirement by requirement is listed with it. Raises
    InvalidInput at ``reason``."""
    why = check_reason(reason)
    supplier = _move(actor, supplier_id, "return", why)
    supplier.return_reason = why
    _tell(supplier, "入驻申请退回补正", "要补的几项和原因见页面，改好再交一次。")


@transactional
def suspend_supplier(actor: Actor, supplier_id: int, reason: str) -> None:
    """Stop an admitted supplier: its goods leave the shelf at the next request, and those of pilots it sponsors; orders
    placed go on. Raises InvalidInput at ``reason``."""
    why = check_reason(reason)
    supplier = _move(actor, supplier_id, "suspend", why)
    supplier.return_reason = why
    _tell(supplier, "已被平台暂停", "商品暂停销售，已下的单照常发货。原因见页面。")
    for pilot in queries.sponsored_by(supplier_id):
        tell(
            Topic.ADMISSION,
            queries.members_of(pilot.id),
            f"{pilot.name}：担保方被平台暂停",
            "担保方恢复之前，您的商品也暂停销售。",
            endpoint="supplier.papers",
        )


@transactional
def reinstate_supplier(actor: Actor, supplier_id: int, reason: str) -> None:
    """Let a suspended supplier go on; raises InvalidInput at ``reason``."""
    why = check_reason(reason)
    supplier = _move(actor, supplier_id, "reinstate", why)
    supplier.return_reason = None
    _tell(supplier, "已恢复", "商品恢复销售。", "supplier.home")
