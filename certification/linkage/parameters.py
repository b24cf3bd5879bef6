"""Figures of linkage that may change without a new version."""

from marketplace.kernel.parameters import Parameter

SHEET_MOST_DAYS = Parameter(
    "linkage.sheet_most_days",
    default=92,
    unit="days",
    source="平台约定：一张工时表最多管一个季度，再久，村里就说不清谁做了多少工",
)
SHEET_HOURS_A_DAY = Parameter(
    "linkage.sheet_hours_a_day",
    default=11,
    unit="hours",
    source="劳动法第三十六条、第四十一条：每日工作不超过八小时，延长最多三小时；再多是填错了",
)
