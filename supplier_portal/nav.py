"""The left navigation of the supplier's desk and the one way to render its pages."""

from typing import Any

from flask import render_template

from marketplace.accounts.web import require_actor
from marketplace.kernel.navigation import Entry, Group, navigation
from marketplace.parties.queries import SupplierFacts
from marketplace.parties.rules import SPONSOR_KINDS, SupplierKind
from marketplace.parties.workflow import SupplierState
from supplier_portal.guards import current_supplier, owns

GROUPS = (
    Group(
        "每天",
        (
            Entry("今天", "supplier.home", "sun"),
            Entry(
                "订单发货",
                "supplier.orders",
                "box-seam",
                below=("supplier.ship", "supplier.shipping", "supplier.freight"),
            ),
            Entry("售后", "supplier.refunds", "arrow-return-left"),
            Entry("评价", "supplier.reviews", "chat-square-quote"),
            Entry("问答", "supplier.questions", "question-circle"),
            Entry("到店核销", "supplier.visits", "qr-code-scan"),
        ),
    ),
    Group(
        "货",
        (
            Entry("商品", "supplier.listings", "basket2"),
            Entry("图片库", "supplier.pictures", "image"),
            Entry("收货批次", "supplier.lots", "stack"),
            Entry("代收网点", "supplier.outlets", "shop"),
            Entry("申报产品", "supplier.products", "tag"),
            Entry("认定申请", "supplier.applications", "patch-check"),
            Entry("认定证书", "supplier.certificates", "award"),
        ),
    ),
    Group(
        "钱与农户",
        (
            Entry("农户", "supplier.households", "house-heart"),
            Entry("联结协议", "supplier.agreements", "file-earmark-text"),
            Entry("工时表", "supplier.sheets", "clock"),
            Entry("承诺兑现", "supplier.monitoring", "speedometer2"),
            Entry("打款", "supplier.disbursements", "cash-coin"),
            Entry("单位待付款", "supplier.receivables", "building"),
            Entry("结算对账", "supplier.statement", "journal-text"),
            Entry("结算单", "supplier.bills", "receipt"),
            Entry("发票", "supplier.invoices", "file-earmark-text", below=("supplier.tax",)),
            Entry("优惠券", "supplier.coupons", "ticket-perforated"),
        ),
    ),
    Group(
        "我们",
        (
            Entry(
                "资料与证照",
                "supplier.papers",
                "card-checklist",
                below=(
                    "supplier.profile",
                    "supplier.contact",
                    "supplier.bank",
                    "supplier.licence",
                    "supplier.verification",
                    "supplier.own",
                ),
            ),
            Entry("村里的故事", "supplier.stories", "book", below=("supplier.story",)),
            Entry("员工", "supplier.staff", "people"),
            Entry("担保的示范户", "supplier.sponsored", "person-check"),
            Entry("换一家办事", "supplier.switch", "shop"),
        ),
    ),
)

#: what a supplier that isn't admitted yet has use for
BEFORE_ADMISSION = frozenset({"supplier.papers", "supplier.stories", "supplier.staff", "supplier.switch"})


def _offers(entry: Entry, supplier: SupplierFacts) -> bool:
    admitted = supplier.state in {SupplierState.APPROVED, SupplierState.SUSPENDED}
    if not admitted and entry.endpoint not in BEFORE_ADMISSION:
        return False
    match entry.endpoint:
        case "supplier.visits":
            return supplier.kind is SupplierKind.RURAL_TOURISM
        case "supplier.sponsored":
            return supplier.kind in SPONSOR_KINDS
        case "supplier.switch":
            return len(require_actor().supplier_ids) > 1
    return True


def render_desk(template: str, *, counts: dict[str, int] | None = None, **context: Any) -> str:
    """A page of the supplier's desk. ``counts`` by endpoint show beside the entries."""
    supplier = current_supplier()
    return render_template(
        template,
        supplier=supplier,
        desk_nav=navigation(GROUPS, counts, offers=lambda entry: _offers(entry, supplier)),
        desk_title=supplier.name,
        desk_user_line="负责人" if owns(supplier.id) else "员工",
        **context,
    )
