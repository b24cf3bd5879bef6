"""How actions, subjects and parameters are called on screen; what has no word yet shows its code."""

AREAS = {
    "accounts": "账号与权限",
    "suppliers": "供应商",
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
    "households.add": "登记农户",
    "households.link": "关联农户",
    "households.contact": "改手机或账户",
    "households.unmask": "看农户全号",
    "households.status": "改农户身份",
    "parameters.override": "改参数",
    "disbursement.record": "登记打款",
    "disbursement.bounce": "打款退回",
    "disbursement.acknowledge": "确认收到",
    "linkage.receive_lot": "收货入库",
    "certificates.issue": "发证书",
}
_SUBJECTS = {
    "user": "用户",
    "supplier": "供应商",
    "household": "农户",
    "parameter": "参数",
    "order": "订单",
    "application": "申请",
    "certificate": "证书",
    "listing": "商品",
    "disbursement": "打款",
    "refund": "售后单",
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
    "certification.valid_years": "证书有效期",
    "certification.notice_working_days": "公示几天",
    "certification.price_limit_bp": "价格上限（同类中位价的倍数）",
    "certification.village_days": "村级核实期限",
    "certification.town_days": "镇级初审期限",
    "certification.county_days": "县级审定期限",
    "certification.city_days": "市级认定期限",
}


def action_word(action: str) -> str:
    return _ACTIONS.get(action, action)


def subject_word(subject: str) -> str:
    return _SUBJECTS.get(subject, subject)


def titled(key: str) -> str:
    return _TITLES.get(key, key)
