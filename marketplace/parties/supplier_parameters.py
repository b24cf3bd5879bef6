"""How often suppliers are gone through again, and when papers are asked for."""

from marketplace.kernel.parameters import Parameter

VERIFY_EVERY_MONTHS = Parameter(
    "parties.verify_every_months",
    6,
    "month",
    "《网络交易监督管理办法》（国家市场监督管理总局令第37号）第二十四条：平台内经营者的登记档案至少每六个月核验更新一次",
)
VERIFY_AHEAD_DAYS = Parameter(
    "parties.verify_ahead_days", 30, "day", "平台约定：复核到期前一个月告诉负责人，留出找材料的时间"
)
PAPER_GRACE_DAYS = Parameter(
    "parties.paper_grace_days",
    15,
    "day",
    "平台约定：必需的证照过期后留半个月换证，再不换就列给平台决定是否暂停",
)
PAPER_FIRST_DAYS = Parameter(
    "parties.paper_first_days", 60, "day", "平台约定：证照到期前两个月提醒一次，换证一般要一个多月"
)
PAPER_SECOND_DAYS = Parameter("parties.paper_second_days", 30, "day", "平台约定：证照到期前一个月再提醒一次")
PAPER_LAST_DAYS = Parameter("parties.paper_last_days", 7, "day", "平台约定：证照到期前一周最后提醒一次")


def paper_days() -> tuple[int, ...]:
    """Days before its end on which a paper is reminded of, and the day itself; the nearest first."""
    return (0, PAPER_LAST_DAYS.get(), PAPER_SECOND_DAYS.get(), PAPER_FIRST_DAYS.get())
