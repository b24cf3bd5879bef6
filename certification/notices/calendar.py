"""How long a public notice hangs: working days, from the day after it was put up."""

from datetime import date

from marketplace.kernel.parameters import Parameter
from marketplace.kernel.working_days import add_working_days, working_days_between

NOTICE_WORKING_DAYS = Parameter(
    "certification.notice_working_days",
    default=5,
    unit="工作日",
    source="国开办发〔2020〕11号；商南县扶贫产品认定流程（2021年1月）：村、镇、县三级公示 5 个工作日",
)


def last_day(put_up_on: date) -> date:
    """The last day of a notice put up on a day; the day itself does not count (民法典第二百零一条)."""
    return add_working_days(put_up_on, NOTICE_WORKING_DAYS.get())


def day_number(put_up_on: date, ends_on: date, today: date) -> tuple[int, int]:
    """(day, of how many): 0 on the day it was put up, never more than the whole."""
    total = working_days_between(put_up_on, ends_on)
    return min(total, max(0, working_days_between(put_up_on, today))), total
