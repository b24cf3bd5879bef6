"""Timers of fulfilment."""

from marketplace.kernel.parameters import Parameter

AUTO_RECEIVE_DAYS = Parameter(
    "fulfilment.auto_receive_days",
    default=10,
    unit="day",
    source="平台交易规则（示例）第 12 条：全部发出后 10 天，买家没有确认也没有异议，视为收货",
)
UNIT_AUTO_RECEIVE_DAYS = Parameter(
    "fulfilment.unit_auto_receive_days",
    default=20,
    unit="day",
    source="平台单位采购规则（示例）第 9 条：全部发出后 20 天，单位没有验收也没有异议，视为验收合格",
)
PAY_AFTER_ACCEPTANCE_DAYS = Parameter(
    "fulfilment.pay_after_acceptance_days",
    default=10,
    unit="working days",
    source="平台单位采购规则（示例）第 10 条：先货后款的，全部验收后 10 个工作日内付清；"
    "《保障中小企业款项支付条例》第九条：机关、事业单位自交付之日起 30 日内支付",
)
SHIP_WITHIN_HOURS = Parameter(
    "fulfilment.ship_within_hours",
    default=48,
    unit="hour",
    source="平台供应商公约（示例）第 3 条：付款后 48 小时内发货",
)
PICKUP_DAYS = Parameter(
    "fulfilment.pickup_days",
    default=7,
    unit="day",
    source="平台网点服务约定（示例）第 6 条：到店的包裹替买家保管 7 天，过了由网点打电话",
)
PICKUP_TRIES = Parameter(
    "fulfilment.pickup_tries",
    default=10,
    unit="time",
    source="平台网点服务约定（示例）第 7 条：取件码一刻钟内错 10 次，要等一会儿再试",
)
PICKUP_TRY_MINUTES = Parameter(
    "fulfilment.pickup_try_minutes",
    default=15,
    unit="minute",
    source="平台网点服务约定（示例）第 7 条：取件码一刻钟内错 10 次，要等一会儿再试",
)
