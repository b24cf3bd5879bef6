"""What an entry of the audit says beside action and subject, in words; what has no word yet shows its key."""

from typing import Any

from catalog.reviews.words import FAULTS
from certification.applications.words import STATE_WORDS
from certification.certificates.words import CAUSE_WORDS
from marketplace.accounts.models import Role
from marketplace.kernel.money import format_yuan
from marketplace.parties.rules import ConsentPurpose, HouseholdStatus, SupplierKind, UnitKind
from marketplace.reporting.words import ORDER_WORDS
from orders.settlement.words import PERIOD_WORDS

DETAILS = {
    "code": "编号",
    "purpose": "为了",
    "tier": "类型",
    "user": "用户",
    "topic": "任务",
    "attempts": "试过",
    "from": "从",
    "to": "到",
    "fen": "金额",
    "role": "角色",
    "scope": "范围",
    "supplier": "供应商",
    "household": "农户",
    "village": "村",
    "paper": "证照",
    "sponsor": "担保方",
    "kind": "类别",
    "existed": "早已登记",
    "changed": "改了",
    "change": "换账户申请",
    "account_changed": "换了账号",
    "application": "申请",
    "attributes": "属性",
    "confirmed": "属实",
    "order_id": "订单",
    "invitation": "邀请",
    "year": "年份",
    "before_fen": "原来",
    "target_fen": "任务",
    "amends": "修订的协议",
    "as": "谁来确认",
    "axes": "规格怎么分",
    "by_version": "新版",
    "cause": "事由",
    "days": "日期",
    "days_left": "还剩天数",
    "delta": "增减",
    "ends_on": "到",
    "entries": "条数",
    "failure": "没成的原因",
    "finding": "问题编号",
    "first": "第一天",
    "found": "查出问题",
    "free_hours": "提前几小时可免费改",
    "last": "最后一天",
    "lines": "行数",
    "listing": "商品",
    "media": "图片",
    "media_id": "图片",
    "media_ids": "图片",
    "messages": "条数",
    "name": "名称",
    "notice": "公示",
    "number": "号码",
    "off_fen": "减",
    "options": "选项",
    "orders": "订单",
    "outlet": "网点",
    "period": "结算周期",
    "picture_id": "图片",
    "pictures": "图片",
    "price_fen": "售价",
    "product": "申报产品",
    "province": "省份编码",
    "rate_bp": "税率",
    "region": "地区编码",
    "retired": "停用的选项",
    "scan": "签字件",
    "settle_fen": "结算金额",
    "sku_id": "规格",
    "starts_on": "从",
    "target": "链接",
    "tiers": "批量价",
    "title": "标题",
    "units": "份数",
    "word": "热词",
}
_STATES = {
    **{purpose.value: purpose.label for purpose in ConsentPurpose},
    **{state.value: word for state, word in STATE_WORDS.items()},
    **{state.value: word for state, word in ORDER_WORDS.items()},
    **{fault.value: word for fault, word in FAULTS.items()},
    **{role.value: role.label for role in Role},
    **{kind.value: kind.label for kind in SupplierKind},
    **{kind.value: kind.label for kind in UnitKind},
    **{status.value: status.label for status in HouseholdStatus},
    **{cause.value: word for cause, word in CAUSE_WORDS.items()},
    **{period.value: word for period, word in PERIOD_WORDS.items()},
    "village": "村里",
    "official": "工作人员",
}


#: whose details hold a code of one of these, with its word
_CODED = {"from", "to", "role", "kind", "purpose", "cause", "as", "period"}


def detail_words(detail: dict[str, Any]) -> list[str]:
    """What an entry says beside action and subject; amounts in yuan, and nothing of what was left empty."""
    return [
        f"{DETAILS.get(key, key)} {_plain(key, value)}" for key, value in detail.items() if value is not None
    ]


def _plain(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if key == "tiers":
        return "、".join(f"{units} 份起 {format_yuan(fen)}" for units, fen in value) or "不设"
    if isinstance(value, int):
        return _figure(key, value)
    if isinstance(value, list):
        return "、".join(map(str, value))
    return _STATES.get(str(value), str(value)) if key in _CODED else str(value)


def _figure(key: str, value: int) -> str:
    if key.endswith("fen"):
        return format_yuan(value)
    if key.endswith("_bp"):
        return f"{value / 100:g}%"
    return f"{value:+d}" if key == "delta" else str(value)
