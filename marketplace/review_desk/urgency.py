"""How urgent a deadline is, in words and a colour."""

from datetime import date

from marketplace.kernel.working_days import working_days_between

SOON_DAYS = 2


def urgency_word(deadline: date | None, today: date) -> tuple[str, str]:
    """(words, tone): 已逾期 3 天 danger, 今天到期 and 剩 2 个工作日 warn, later without a colour."""
    if deadline is None:
        return "暂停计时", ""
    if deadline < today:
        return f"已逾期 {(today - deadline).days} 天", "danger"
    if deadline == today:
        return "今天到期", "warn"
    left = working_days_between(today, deadline)
    return f"剩 {left} 个工作日", "warn" if left <= SOON_DAYS else ""
