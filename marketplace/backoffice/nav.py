"""The left navigation of the platform's own desk: each person sees the pages its roles open."""

from typing import Any

from flask import current_app, render_template
from flask_login import current_user

from marketplace.accounts.models import Role
from marketplace.kernel.navigation import Entry, Group, navigation
from marketplace.kernel.web import permission_of

GROUPS = (
    Group(
        "平台",
        (
            Entry("今天", "backoffice.home", "sun"),
            Entry("供应商入驻", "backoffice.suppliers", "shop"),
            Entry("证照到期", "backoffice.papers", "card-checklist"),
            Entry("账户变更", "backoffice.bank_changes", "bank"),
            Entry("资料变更", "backoffice.licence_changes", "card-checklist"),
            Entry("售后裁定", "backoffice.arbitrations", "chat-square-quote"),
            Entry("商品", "backoffice.listings", "basket2"),
            Entry("商品属性", "backoffice.attributes", "list-check"),
            Entry("首页推荐位", "backoffice.home_slots", "image"),
            Entry("首页热词", "backoffice.hot_words", "search"),
            Entry("评价与举报", "backoffice.reviews", "flag"),
            Entry("商品问答", "backoffice.questions", "question-circle"),
            Entry("平台券", "backoffice.coupons", "ticket-perforated"),
            Entry("单位入驻", "backoffice.units", "building"),
            Entry("用户与权限", "backoffice.users", "people"),
        ),
    ),
    Group("审核", (Entry("待我审", "review.home", "inbox"),)),
    Group(
        "登记",
        (
            Entry("农户", "registers.households", "house-heart"),
            Entry("网点", "registers.outlets", "pin-map"),
            Entry("结对", "registers.pairings", "link-45deg"),
        ),
    ),
    Group(
        "财务",
        (
            Entry("财务今天", "finance.home", "cash-coin"),
            Entry("转账核对", "finance.proofs", "receipt"),
            Entry("银行流水", "finance.receipts", "bank"),
            Entry("打款", "finance.disbursements", "wallet2"),
            Entry("退回的钱", "finance.returns", "arrow-return-left"),
            Entry("来路不明的钱", "finance.stray", "question-circle"),
            Entry("结算单", "finance.bills", "journal-text"),
            Entry("银行拒付", "finance.disputes", "flag"),
            Entry("账本与月结", "finance.ledger", "journal-text", below=("finance.order",)),
            Entry("更正", "finance.corrections", "pencil"),
            Entry("账目自检", "reports.verify", "shield-check"),
        ),
    ),
    Group(
        "规则与记录",
        (
            Entry("参数与依据", "backoffice.parameters", "sliders"),
            Entry("操作记录", "backoffice.audit", "clock-history"),
            Entry("后台任务", "backoffice.operations", "speedometer2"),
        ),
    ),
)


def _offers(entry: Entry) -> bool:
    permission = permission_of(current_app, entry.endpoint, "GET")
    return permission is not None and bool(current_user.allows(permission))


def render_desk(template: str, *, counts: dict[str, int] | None = None, **context: Any) -> str:
    """A page of the platform's desk; ``counts`` by endpoint show beside the entries."""
    roles = dict.fromkeys(grant.role.label for grant in current_user.actor.grants)
    return render_template(
        template,
        desk_nav=navigation(GROUPS, counts, offers=_offers),
        desk_title="平台管理" if set(roles) != {Role.OFFICIAL.label} else "本地登记",
        desk_user_line=" · ".join(roles),
        **context,
    )
