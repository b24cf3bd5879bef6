"""Periods of after-sales."""

from marketplace.kernel.parameters import Parameter

ANSWER_HOURS = Parameter(
    "refunds.answer_hours",
    default=48,
    unit="hour",
    source="平台售后规则（示例）第 5 条：供应商 48 小时内答复，不答复视为同意",
)
CONSENT_DAYS = Parameter(
    "refunds.consent_days",
    default=30,
    unit="day",
    source="平台售后规则（示例）第 7 条：过了售后期 30 天内仍可协商，由供应商决定",
)
