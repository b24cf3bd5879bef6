"""Periods of placing."""

from marketplace.kernel.parameters import Parameter

OUTLET_COMMISSION_BP = Parameter(
    "orders.outlet_commission_bp",
    default=100,
    unit="bp",
    source="平台与网点合作办法（示例）第 3 条：网点代买、引流或自提的订单，从平台服务费里给网点商品款的 1%",
)
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
