"""Periods of visits."""

from marketplace.kernel.parameters import Parameter

LAPSE_DAYS = Parameter(
    "visits.lapse_days",
    default=1,
    unit="day",
    source="平台乡村旅游预订规则（示例）第 6 条：过了日子 1 天还没核销，视为已到店；没能接待的，买家可申请售后",
)
CODE_TRIES = Parameter(
    "visits.code_tries",
    default=10,
    unit="time",
    source="平台乡村旅游预订规则（示例）第 7 条：一刻钟内核销码错 10 次，要等一会儿再试",
)
CODE_TRY_MINUTES = Parameter(
    "visits.code_try_minutes",
    default=15,
    unit="minute",
    source="平台乡村旅游预订规则（示例）第 7 条：一刻钟内核销码错 10 次，要等一会儿再试",
)
