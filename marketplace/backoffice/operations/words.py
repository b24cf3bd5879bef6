"""How jobs and topics are called on screen; what has no word yet shows its code."""

_JOBS = {
    "search.heal": "检查搜索索引",
    "certification.close_notices": "到期的公示收尾",
    "certification.expire": "到期的证书失效",
    "certification.escalate": "逾期的审核上报",
    "reports.monitoring": "量联结承诺，红灯提醒",
    "orders.remind": "提醒没答复的售后、打款和付款",
    "certification.remind": "提醒证书到期",
    "payments.apply_waiting": "处理付款通知",
    "payments.reconcile": "向支付机构查没回音的付款",
    "payments.expire_overdue": "过期没付的单放回库存",
    "payments.ask_returns": "问支付机构在途的退款到了没有",
    "refunds.act_on_overdue": "超时没答复的售后按同意办，没寄回的结束",
    "wishes.tell": "告诉等货的人到货了",
    "fulfilment.auto_receive": "到期自动确认收货",
    "fulfilment.complete_due": "过了售后期的订单完成",
    "visits.close_past": "过去的日子不再接受预订",
    "visits.lapse_due": "过期没核销的预订算已到店",
    "ledger.verify": "账本自检",
    "search.count": "数一数大家在搜什么",
    "database.renew_statistics": "数据库统计更新",
    "settlement.issue_bills": "出结算单",
    "parties.remind": "提醒证照到期和半年复核",
    "reporting.roll_up": "报表汇总",
    "reports.roll_up": "报表汇总",
}
_TOPICS = {
    "search.index": "更新搜索索引",
    "products.refresh_projection": "刷新商品的带农收入",
    "payments.return_money": "退款出账",
    "payments.close_session": "关掉作废的付款页",
    "messages.mail": "发邮件",
    "imports.run": "核对和写入导入的表格",
    "media.delete_video": "删掉撤下的视频文件",
    "orders.happened": "订单的消息",
    "accounts.confirm_email": "确认邮箱的信",
    "accounts.password_reset": "重设密码的信",
    "orders.stop_unshipped": "食品安全停发退款",
    "sandbox.deliver": "沙箱付款通知",
}


def job_word(name: str) -> str:
    return _JOBS.get(name, name)


def topic_word(topic: str) -> str:
    return _TOPICS.get(topic, topic)
