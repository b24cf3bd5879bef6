"""Periods of carts."""

from marketplace.kernel.parameters import Parameter

CHANNEL_DAYS = Parameter(
    "cart.channel_days",
    default=7,
    unit="day",
    source="平台网点服务约定（示例）第 9 条：扫网点的码进店，7 天内加进购物车的算这个网点带来的",
)
