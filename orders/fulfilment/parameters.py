"""Timers of fulfilment."""

from marketplace.kernel.parameters import Parameter

AUTO_RECEIVE_DAYS = Parameter(
    "fulfilment.auto_receive_days",
    default=10,
    unit="day",
    source="平台交易规则（示例）第 12 条：全部发出后 10 天，买家没有确认也没有异议，视为收货",
)
SHIP_WITHIN_HOURS = Parameter(
    "fulfilment.ship_within_hours",
    default=48,
    unit="hour",
    source="平台供应商公约（示例）第 3 条：付款后 48 小时内发货",
)
