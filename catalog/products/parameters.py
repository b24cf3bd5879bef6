"""Rates the catalogue and the orders share."""

from marketplace.kernel.parameters import Parameter

PLATFORM_FEE_BP = Parameter(
    "orders.platform_fee_bp",
    default=200,
    unit="bp",
    source="平台服务协议（示例）第 6 条：按商品款 2% 收取技术服务费，由供应商承担",
)
