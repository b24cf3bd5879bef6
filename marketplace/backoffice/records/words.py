"""How actions, subjects and parameters are called on screen; what has no word yet shows its code."""

from typing import Any

from marketplace.accounts.models import Role
from marketplace.kernel.money import format_yuan
from marketplace.parties.rules import HouseholdStatus, SupplierKind, UnitKind

AREAS = {
    "accounts": "账号与权限",
    "suppliers": "供应商",
    "units": "包扶单位",
    "invitations": "邀请",
    "households": "农户资料",
    "linkage": "联结与批次",
    "products": "申报产品",
    "applications": "认定申请",
    "reviews": "认定审核",
    "notices": "公示",
    "certificates": "证书",
    "listing": "商品",
    "stock": "库存",
    "order": "订单",
    "refund": "售后",
    "transfer_proof": "转账凭证",
    "money_return": "退款出账",
    "disbursement": "打款",
    "freight_rule": "运费",
    "parameters": "参数",
}
_ACTIONS = {
    "accounts.register": "注册",
    "accounts.login": "登录",
    "accounts.logout": "退出",
    "accounts.change_password": "改密码",
    "accounts.grant": "给角色",
    "accounts.revoke": "收回角色",
    "accounts.enable": "启用账号",
    "accounts.disable": "停用账号",
    "accounts.sessions_end": "登录失效",
    "suppliers.register": "登记供应商",
    "suppliers.update": "改资料",
    "suppliers.bank": "改收款账户",
    "suppliers.paper_add": "传证照",
    "suppliers.paper_remove": "删证照",
    "suppliers.household": "填示范户是哪一户",
    "suppliers.sponsor": "请担保",
    "suppliers.sponsor_agree": "同意担保",
    "suppliers.sponsor_decline": "不同意担保",
    "suppliers.submit": "提交入驻",
    "suppliers.approve": "通过入驻",
    "suppliers.return": "退回入驻",
    "suppliers.suspend": "暂停供应商",
    "suppliers.reinstate": "恢复供应商",
    "units.register": "登记单位",
    "units.submit": "单位重新提交",
    "units.contact": "改单位联系人",
    "units.admit": "通过单位登记",
    "units.return": "退回单位登记",
    "units.suspend": "暂停单位",
    "units.reinstate": "恢复单位",
    "units.plan": "填年度计划",
    "invitations.invite": "发邀请",
    "invitations.withdraw": "撤回邀请",
    "invitations.accept": "接受邀请",
    "households.add": "登记农户",
    "households.link": "关联农户",
    "households.contact": "改手机或账户",
    "households.unmask": "看农户全号",
    "households.status": "改农户身份",
    "parameters.override": "改参数",
    "reports.rebuild": "重算报表合计",
    "reports.recount": "结对变动后重算",
    "reports.check": "核对账目",
    "disbursement.record": "登记打款",
    "disbursement.bounce": "打款退回",
    "disbursement.acknowledge": "确认收到",
    "linkage.receive_lot": "收货入库",
    "linkage.create": "拟联结协议",
    "linkage.update": "改联结协议",
    "linkage.activate": "联结协议生效",
    "linkage.end": "结束联结协议",
    "products.declare": "申报产品",
    "products.edit": "改申报产品",
    "applications.start": "起草认定申请",
    "applications.submit": "提交认定申请",
    "applications.sign": "担保方签字",
    "applications.pass_village": "村级核实通过",
    "applications.approve": "审核通过",
    "applications.return": "退回补正",
    "applications.reject": "不予认定",
    "applications.withdraw": "撤回申请",
    "applications.close_notice": "公示期满",
    "reviews.answer_household": "核实农户",
    "notices.open": "开始公示",
    "notices.close": "结束公示",
    "certificates.issue": "发证书",
    "certificates.suspend": "暂停证书",
    "certificates.resume": "恢复证书",
    "certificates.revoke": "撤销证书",
    "listing.create": "建商品",
    "listing.edit": "改商品",
    "listing.sku": "改规格",
    "listing.put_on_sale": "上架",
    "listing.take_off_sale": "下架",
    "order.release": "付款，转待发货",
    "order.cancel": "取消订单",
    "order.ship_part": "发了一部分",
    "order.ship_all": "发货",
    "order.receive": "收货",
    "order.complete": "订单完成",
    "refund.request": "申请售后",
    "refund.approve": "同意售后",
    "refund.reject": "不同意售后",
    "refund.finish": "退款到账",
    "transfer_proof.submit": "传转账凭证",
    "transfer_proof.accepted": "凭证对上",
    "transfer_proof.refused": "凭证没对上",
}
_SUBJECTS = {
    "user": "用户",
    "supplier": "供应商",
    "unit": "单位",
    "household": "农户",
    "parameter": "参数",
    "order": "订单",
    "application": "申请",
    "certificate": "证书",
    "listing": "商品",
    "disbursement": "打款",
    "refund": "售后单",
    "public_notice": "公示",
    "declared_product": "申报产品",
    "linkage_agreement": "联结协议",
    "transfer_proof": "转账凭证",
}
_DETAILS = {
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
    "account_changed": "换了账号",
    "application": "申请",
    "confirmed": "属实",
    "order_id": "订单",
    "invitation": "邀请",
    "year": "年份",
    "before_fen": "原来",
    "target_fen": "任务",
}
_STATES = {
    "draft": "草稿",
    "village_confirmation": "村级核实",
    "town_review": "镇级初审",
    "county_review": "县级审定",
    "public_notice": "公示",
    "city_review": "市级认定",
    "certified": "已认定",
    "returned": "退回补正",
    "rejected": "不予认定",
    "withdrawn": "已撤回",
    "placed": "待付款",
    "released": "待发货",
    "partially_shipped": "发了一部分",
    "shipped": "已发货",
    "received": "已收货",
    "completed": "已完成",
    "cancelled": "已取消",
    **{role.value: role.label for role in Role},
    **{kind.value: kind.label for kind in SupplierKind},
    **{kind.value: kind.label for kind in UnitKind},
    **{status.value: status.label for status in HouseholdStatus},
}
UNITS = {
    "bp": "万分之一",
    "minutes": "分钟",
    "minute": "分钟",
    "hours": "小时",
    "hour": "小时",
    "days": "天",
    "day": "天",
    "working days": "个工作日",
    "工作日": "个工作日",
    "second": "秒",
    "fen": "分",
    "MMDD": "月日",
}
_TITLES = {
    "orders.platform_fee_bp": "平台技术服务费",
    "orders.reserve_minutes_online": "网上付款留货多久",
    "orders.reserve_workdays_transfer": "对公转账留货多久",
    "refunds.answer_hours": "售后多久要答复",
    "refunds.consent_days": "过了售后期还能协商多久",
    "fulfilment.auto_receive_days": "多久没确认算收货",
    "fulfilment.ship_within_hours": "付款后多久要发货",
    "payments.proof_check_days": "传了凭证多留几天",
    "payments.proof_retry_hours": "凭证没对上多久内补传",
    "payments.reconcile_after_seconds": "付款没通知多久后主动查",
    "accounts.invitation_days": "邀请链接有效几天",
    "units.canteen_ratio_bp": "食堂预留份额底线",
    "units.canteen_encouraged_bp": "食堂预留份额鼓励线",
    "units.union_ratio_bp": "工会采购参考线",
    "units.plan_deadline": "年度计划截止日（月日）",
    "certification.valid_years": "证书有效期",
    "certification.notice_working_days": "公示几天",
    "certification.price_limit_bp": "价格上限（同类中位价的倍数）",
    "certification.answer_days": "退回后多久补正",
    "certification.village_days": "村级核实期限",
    "certification.town_days": "镇级初审期限",
    "certification.county_days": "县级审定期限",
    "certification.city_days": "市级认定期限",
}


def action_word(action: str) -> str:
    return _ACTIONS.get(action, action)


def detail_words(detail: dict[str, Any]) -> list[str]:
    """What an entry says beside action and subject; amounts in yuan."""
    return [f"{_DETAILS.get(key, key)} {_plain(key, value)}" for key, value in detail.items()]


def _plain(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int) and key.endswith("fen"):
        return format_yuan(value)
    if isinstance(value, list):
        return "、".join(map(str, value))
    return _STATES.get(str(value), str(value)) if key in {"from", "to", "role", "kind"} else str(value)


def subject_word(subject: str) -> str:
    return _SUBJECTS.get(subject, subject)


def titled(key: str) -> str:
    return _TITLES.get(key, key)
