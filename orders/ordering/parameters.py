"""Periods of placing."""

from marketplace.kernel.parameters import Parameter

RESERVE_MINUTES_ONLINE = Parameter(
    "orders.reserve_minutes_online",
    default=30,
    unit="minutes",
    source="平台交易规则（示例）第 4 条：网上付款的订单为买家保留 30 分钟",
)
RESERVE_WORKDAYS_TRANSFER = Parameter(
    "orders.reserve_workdays_transfer",
    default=5,
    unit="working days",
    source="平台交易规则（示例）第 4 条：对公转账的订单为买家保留 5 个工作日",
)
