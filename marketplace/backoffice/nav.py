"""The left navigation of the platform's own desk: each person sees the pages its roles open."""

from typing import Any

from flask import current_app, render_template, request, url_for
from flask_login import current_user

from marketplace.accounts.models import Role
from marketplace.kernel.web import permission_of

Entry = tuple[str, str, str]
#: group → (label, endpoint, icon)
GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "平台",
        (
            ("今天", "backoffice.home", "sun"),
            ("供应商入驻", "backoffice.suppliers", "shop"),
            ("证照到期", "backoffice.papers", "card-checklist"),
            ("账户变更", "backoffice.bank_changes", "bank"),
            ("资料变更", "backoffice.licence_changes", "card-checklist"),
            ("售后裁定", "backoffice.arbitrations", "chat-square-quote"),
            ("商品", "backoffice.listings", "basket2"),
            ("商品属性", "backoffice.attributes", "list-check"),
            ("首页推荐位", "backoffice.home_slots", "image"),
            ("首页热词", "backoffice.hot_words", "search"),
            ("评价与举报", "backoffice.reviews", "flag"),
            ("商品问答", "backoffice.questions", "question-circle"),
            ("平台券", "backoffice.coupons", "ticket-perforated"),
            ("单位入驻", "backoffice.units", "building"),
            ("用户与权限", "backoffice.users", "people"),
        ),
    ),
    ("审核", (("待我审", "review.home", "inbox"),)),
    (
        "登记",
        (
            ("农户", "registers.households", "house-heart"),
            ("网点", "registers.outlets", "pin-map"),
            ("结对", "registers.pairings", "link-45deg"),
        ),
    ),
    (
        "财务",
        (
            ("财务今天", "finance.home", "cash-coin"),
            ("转账核对", "finance.proofs", "receipt"),
            ("银行流水", "finance.receipts", "bank"),
            ("打款", "finance.disbursements", "wallet2"),
            ("退回的钱", "finance.returns", "arrow-return-left"),
            ("来路不明的钱", "finance.stray", "question-circle"),
            ("结算单", "finance.bills", "journal-text"),
            ("银行拒付", "finance.disputes", "flag"),
            ("账本与月结", "finance.ledger", "journal-text"),
            ("更正", "finance.corrections", "pencil"),
            ("账目自检", "reports.verify", "shield-check"),
        ),
    ),
    (
        "规则与记录",
        (
            ("参数与依据", "backoffice.parameters", "sliders"),
            ("操作记录", "backoffice.audit", "clock-history"),
            ("后台任务", "backoffice.operations", "speedometer2"),
        ),
    ),
)


def _open(endpoint: str) -> bool:
    if endpoint not in current_app.view_functions:
        return False
    permission = permission_of(current_app, endpoint, "GET")
    return permission is not None and bool(current_user.allows(permission))


def _is_shown(endpoint: str) -> bool:
    """``backoffice.supplier`` and ``backoffice.supplier_paper`` belong to the entry ``backoffice.suppliers``."""
    shown = request.endpoint or ""
    return shown == endpoint or (endpoint.endswith("s") and shown.startswith(endpoint[:-1]))


def render_desk(template: str, *, counts: dict[str, int] | None = None, **context: Any) -> str:
    """A page of the platform's desk; ``counts`` by endpoint show beside the entries."""
    groups = [
        {
            "title": title,
            "items": [
                {
                    "label": label,
                    "href": url_for(endpoint),
                    "icon": icon,
                    "current": _is_shown(endpoint),
                    "count": (counts or {}).get(endpoint, 0),
                }
                for label, endpoint, icon in entries
                if _open(endpoint)
            ],
        }
        for title, entries in GROUPS
    ]
    roles = dict.fromkeys(grant.role.label for grant in current_user.actor.grants)
    return render_template(
        template,
        desk_nav=[group for group in groups if group["items"]],
        desk_title="平台管理" if set(roles) != {Role.OFFICIAL.label} else "本地登记",
        desk_user_line=" · ".join(roles),
        **context,
    )
