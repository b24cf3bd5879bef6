"""How long a public notice hangs: working days, from the day after it was put up. An objection stops the clock."""

from datetime import date, timedelta

from marketplace.kernel.parameters import Parameter
from marketplace.kernel.working_days import add_working_days, working_days_between

_SOURCE = "国开办发〔2020〕11号；商南县扶贫产品认定流程（2021年1月）：村、镇、县三级公示 5 个工作日"
NOTICE_WORKING_DAYS = Parameter("certification.notice_working_days", 5, "工作日", _SOURCE)
OBJECTION_WORKING_DAYS = Parameter(
    "certification.objection_days",
    10,
    "工作日",
    "市级认定工作细则（示例）：公示异议自收到起 10 个工作日内查清答复",
)


def last_day(put_up_on: date) -> date:
    """The last day of a notice put up on a day; the day itself does not count (民法典第二百零一条)."""
    return add_working_days(put_up_on, NOTICE_WORKING_DAYS.get())


def days_left_on(today: date, begun_on: date, ends_on: date) -> int:
    """Working days a notice stopped today has still to hang: today's is not over, so it counts again; the day it was
    put up or went on never counts."""
    return working_days_between(max(begun_on, today - timedelta(days=1)), ends_on)


def resumed_last_day(today: date, days_left: int) -> date:
    """The new last day of a notice that goes on: the day it goes on does not count."""
    return add_working_days(today, days_left)


def objection_deadline(lodged_on: date) -> date:
    return add_working_days(lodged_on, OBJECTION_WORKING_DAYS.get())


def day_number(ends_on: date, days_left: int | None, today: date) -> tuple[int, int]:
    """(day, of how many): 0 on the day it was put up, never more than the whole. ``days_left`` while it is stopped."""
    total = NOTICE_WORKING_DAYS.get()
    left = working_days_between(today, ends_on) if days_left is None else days_left
    return min(total, max(0, total - max(0, left))), total
