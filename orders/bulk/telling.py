"""Who of a unit hears of a step of a purchase order."""

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.kernel.money import format_yuan
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from orders.bulk.models import PurchaseOrder
from orders.bulk.rules import PaymentTerm


def tell_of_step(purchase: PurchaseOrder, actor_id: int, action: str) -> None:
    """Submitted: those who may approve it. Decided: who drew it up, and when placed to be paid first, who pays."""
    if action == "submit":
        people = holders([Role.UNIT_APPROVER], ScopeKind.UNIT, [purchase.unit_id])
        _tell(purchase, people - {purchase.created_by, actor_id}, "采购单待您审批", _sum(purchase))
        return
    authors = {each for each in (purchase.created_by, purchase.submitted_by) if each is not None} - {actor_id}
    if action == "return":
        _tell(purchase, authors, "采购单退回了", "原因在采购单里，改好可以再提交。")
    elif action == "place":
        _tell(purchase, authors, "采购单批准了", "订单已经下给供应商。")
        if purchase.payment_term is not PaymentTerm.AFTER:
            payers = holders([Role.UNIT_FINANCE], ScopeKind.UNIT, [purchase.unit_id])
            _tell(purchase, payers - authors - {actor_id}, "采购单待付款", _sum(purchase))


def _sum(purchase: PurchaseOrder) -> str:
    return f"合计 {format_yuan(purchase.total_fen)}。" if purchase.total_fen else ""


def _tell(purchase: PurchaseOrder, people: set[int], title: str, text: str) -> None:
    tell(
        Topic.PURCHASE,
        people,
        f"{title}：{purchase.number}",
        text,
        endpoint="unit.purchase",
        params={"purchase_id": purchase.id},
    )
