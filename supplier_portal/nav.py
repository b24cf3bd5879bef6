"""The left navigation of the supplier's desk and the one way to render its pages."""

from typing import Any

from flask import current_app, render_template, request, url_for

from marketplace.accounts.web import require_actor
from marketplace.parties.rules import SPONSOR_KINDS, SupplierKind
from marketplace.parties.workflow import SupplierState
from supplier_portal.guards import current_supplier, owns

#: group → (label, endpoint, icon, first word of the endpoints that belong to it)
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "每天",
        (
            ("今天", "supplier.home", "sun"),
            ("订单发货", "supplier.orders", "box-seam"),
            ("售后", "supplier.refunds", "arrow-return-left"),
            ("评价", "supplier.reviews", "chat-square-quote"),
            ("问答", "supplier.questions", "question-circle"),
        ),
    ),
    (
        "货",
        (
            ("商品", "supplier.listings", "basket2"),
            ("图片库", "supplier.pictures", "image"),
            ("收货批次", "supplier.lots", "stack"),
            ("代收网点", "supplier.outlets", "shop"),
            ("申报产品", "supplier.products", "tag"),
            ("认定申请", "supplier.applications", "patch-check"),
            ("认定证书", "supplier.certificates", "award"),
        ),
    ),
    (
        "钱与农户",
        (
            ("农户", "supplier.households", "house-heart"),
            ("联结协议", "supplier.agreements", "file-earmark-text"),
            ("工时表", "supplier.sheets", "clock"),
            ("承诺兑现", "supplier.monitoring", "speedometer2"),
            ("打款", "supplier.disbursements", "cash-coin"),
            ("单位待付款", "supplier.receivables", "building"),
            ("结算对账", "supplier.statement", "journal-text"),
            ("结算单", "supplier.bills", "receipt"),
            ("发票", "supplier.invoices", "file-earmark-text"),
            ("优惠券", "supplier.coupons", "ticket-perforated"),
        ),
    ),
    (
        "我们",
        (
            ("资料与证照", "supplier.papers", "card-checklist"),
            ("村里的故事", "supplier.stories", "book"),
            ("员工", "supplier.staff", "people"),
        ),
    ),
)
VISITS = ("到店核销", "supplier.visits", "qr-code-scan")
SPONSORED = ("担保的示范户", "supplier.sponsored", "person-check")
SWITCH = ("换一家办事", "supplier.switch", "shop")
#: pages below an entry, so that it stays marked
BELONGS = {
    "supplier.staff": "supplier.staff",
    "supplier.paper": "supplier.papers",
    "supplier.profile": "supplier.papers",
    "supplier.contact": "supplier.papers",
    "supplier.bank": "supplier.papers",
    "supplier.licence": "supplier.papers",
    "supplier.verification": "supplier.papers",
    "supplier.own": "supplier.papers",
    "supplier.story": "supplier.stories",
    "supplier.order": "supplier.orders",
    "supplier.visit": "supplier.visits",
    "supplier.ship": "supplier.orders",
    "supplier.shipping": "supplier.orders",
    "supplier.freight": "supplier.orders",
    "supplier.refund": "supplier.refunds",
    "supplier.review": "supplier.reviews",
    "supplier.listing": "supplier.listings",
    "supplier.picture": "supplier.pictures",
    "supplier.lot": "supplier.lots",
    "supplier.outlet": "supplier.outlets",
    "supplier.product": "supplier.products",
    "supplier.application": "supplier.applications",
    "supplier.certificate": "supplier.certificates",
    "supplier.household": "supplier.households",
    "supplier.agreement": "supplier.agreements",
    "supplier.sheet": "supplier.sheets",
    "supplier.disbursement": "supplier.disbursements",
    "supplier.coupon": "supplier.coupons",
    "supplier.bill": "supplier.bills",
    "supplier.invoice": "supplier.invoices",
    "supplier.tax": "supplier.invoices",
}


def _entry() -> str:
    """The entry the shown page belongs to: ``supplier.household_new`` is one of ``supplier.households``."""
    endpoint = request.endpoint or ""
    for prefix, entry in BELONGS.items():
        if endpoint == prefix or endpoint.startswith(f"{prefix}_"):
            return entry
    return endpoint


def _items(
    entries: tuple[tuple[str, str, str], ...], counts: dict[str, int], shown: str
) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": url_for(endpoint),
            "icon": icon,
            "current": endpoint == shown,
            "count": counts.get(endpoint, 0),
        }
        for label, endpoint, icon in entries
        if endpoint in current_app.view_functions
    ]


def render_desk(template: str, *, counts: dict[str, int] | None = None, **context: Any) -> str:
    """A page of the supplier's desk. ``counts`` by endpoint show beside the entries; until a supplier is admitted only
    its own papers are of use, so nothing else is offered."""
    supplier = current_supplier()
    admitted = supplier.state in {SupplierState.APPROVED, SupplierState.SUSPENDED}
    shown = _entry()
    groups: list[dict[str, Any]] = [
        {"title": title, "items": _items(entries, counts or {}, shown)}
        for title, entries in GROUPS
        if admitted or title == "我们"
    ]
    if admitted and supplier.kind is SupplierKind.RURAL_TOURISM:
        groups[0]["items"] += _items((VISITS,), counts or {}, shown)
    if admitted and supplier.kind in SPONSOR_KINDS:
        groups[-1]["items"] += _items((SPONSORED,), counts or {}, shown)
    if len(require_actor().supplier_ids) > 1:
        groups[-1]["items"] += _items((SWITCH,), {}, shown)
    return render_template(
        template,
        supplier=supplier,
        desk_nav=[group for group in groups if group["items"]],
        desk_title=supplier.name,
        desk_user_line="负责人" if owns(supplier.id) else "员工",
        **context,
    )
