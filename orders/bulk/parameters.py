"""Periods of buying in bulk."""

from marketplace.kernel.parameters import Parameter

KEEP_DAYS = Parameter(
    "bulk.keep_days",
    default=60,
    unit="day",
    source="平台单位采购规则（示例）第 6 条：采购单送货日最晚在审批后 60 天内，货为单位留到送货日",
)
