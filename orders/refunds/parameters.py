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
RETURN_DAYS = Parameter(
    "refunds.return_days",
    default=7,
    unit="day",
    source="平台售后规则（示例）第 8 条：同意退货后 7 天内寄出，没寄出视为撤回",
)
CHECK_DAYS = Parameter(
    "refunds.check_days",
    default=10,
    unit="day",
    source="平台售后规则（示例）第 9 条：退货寄出后 10 天内验收，没答复视为同意退款",
)
APPEAL_DAYS = Parameter(
    "refunds.appeal_days",
    default=7,
    unit="day",
    source="平台售后规则（示例）第 10 条：供应商不同意的，7 天内可申请平台介入，每次答复一次",
)
RULING_DAYS = Parameter(
    "refunds.ruling_days",
    default=5,
    unit="working days",
    source="平台售后规则（示例）第 11 条：平台收到介入申请后 5 个工作日内答复，逾期不自动裁定",
)
