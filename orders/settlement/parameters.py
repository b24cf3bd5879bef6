"""When households are to have their money."""

from marketplace.kernel.parameters import Parameter

PAY_WITHIN_DAYS = Parameter(
    "settlement.pay_within_days",
    default=15,
    unit="day",
    source="平台结算规则（示例）第 6 条：农户收入确认后 15 天内打到农户账上",
)
