"""What the reserved share (预留份额) asks of a unit in a year. Ratios in basis points, days as MMDD.

They remind; no page refuses or forces a purchase by them.
"""

from marketplace.kernel.parameters import Parameter

CANTEEN_RATIO_BP = Parameter(
    "units.canteen_ratio_bp",
    1000,
    "bp",
    "财政部、农业农村部、国家乡村振兴局《关于运用政府采购政策支持乡村产业振兴的通知》（财库〔2021〕19号）："
    "预留年度食堂食材采购份额不低于 10%；《关于深入开展政府采购脱贫地区农副产品工作推进乡村产业振兴的实施意见》"
    "（财库〔2021〕20号）",
)
CANTEEN_ENCOURAGED_BP = Parameter(
    "units.canteen_encouraged_bp",
    1500,
    "bp",
    "鼓励线，高于国家底线的部分由本市按年定，没有当年文件时只作参考",
)
UNION_RATIO_BP = Parameter(
    "units.union_ratio_bp",
    3000,
    "bp",
    "工会慰问品、福利采购的参考比例，按省、市总工会当年的通知填，没有当年文件时只作参考",
)
PLAN_DEADLINE = Parameter(
    "units.plan_deadline",
    1231,
    "MMDD",
    "财库〔2021〕20号：预留份额按自然年度填报和完成",
)
