"""The unit's year, and the form of its plan."""

from datetime import date, datetime
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.forms import errors_at
from marketplace.pairing.queries import ArrangementRow, arrangements_in_force
from marketplace.parties import unit_commands
from marketplace.parties.household_queries import household_codes
from marketplace.parties.unit_parameters import (
    CANTEEN_ENCOURAGED_BP,
    CANTEEN_RATIO_BP,
    PLAN_DEADLINE,
    UNION_RATIO_BP,
)
from marketplace.parties.unit_queries import plans_of
from marketplace.parties.unit_rules import YEARS_AHEAD, YEARS_BACK, deadline_of, pace
from marketplace.parties.workflow import UnitState
from marketplace.presentation import Todo, date_cn
from marketplace.regions.queries import full_names_of, names_of
from marketplace.regions.rules import county_code_of, town_code_of
from marketplace.reporting.progress import unit_progress
from marketplace.unit_desk.guards import OPEN, chosen_unit, current_unit_id, managed_unit_id, may
from marketplace.unit_desk.nav import render_desk
from marketplace.unit_desk.nearby import COUNT_WORDS, counts_to, suggestions
from marketplace.unit_desk.plan.figures import bar_of, pairing_lines, shares, target_of, weakest
from marketplace.unit_desk.plan.forms import PlanForm
from marketplace.unit_desk.plan.queries import bought_by_purpose
from marketplace.unit_desk.waiting import Waiting, nav_counts, waiting_for
from orders.bulk.rules import Purpose

SUGGESTED = 3


def _year(text: str | None) -> int:
    """The year asked for, within what a plan may be made for; else this year."""
    this_year = clock.today().year
    wanted = int(text) if text and text.isascii() and text.isdigit() and len(text) == 4 else this_year
    return wanted if this_year - YEARS_BACK <= wanted <= this_year + YEARS_AHEAD else this_year


def _years() -> list[int]:
    this_year = clock.today().year
    return list(range(this_year + YEARS_AHEAD, this_year - YEARS_BACK - 1, -1))


def home() -> ResponseReturnValue:
    """A unit that waits for admission sees where it stands; the year's plan is for those admitted."""
    if chosen_unit().state not in OPEN:
        return redirect(url_for("unit.profile"))
    return _plan_page(current_unit_id(), _year(request.args.get("year")))


def _plan_page(unit_id: int, year: int) -> str:
    today = clock.today()
    start, deadline = date(year, 1, 1), deadline_of(year, PLAN_DEADLINE.get())
    plan = plans_of(unit_id).get(year)
    progress = unit_progress(unit_id, year)
    arrangements = arrangements_in_force([unit_id], start, date(year, 12, 31))
    lines = pairing_lines(arrangements, progress.by_arrangement, year, today)
    target_fen = target_of(plan, lines)
    speed = pace(progress.total_fen, target_fen, start, deadline, today)
    budgets = bought_by_purpose(unit_id, year)
    ratios = (CANTEEN_RATIO_BP.get(), CANTEEN_ENCOURAGED_BP.get(), UNION_RATIO_BP.get())
    waiting = waiting_for(unit_id)
    gap = weakest(lines) if year == today.year else None
    goods = suggestions(gap.row.village_code, SUGGESTED) if gap else []
    return render_desk(
        "unit_desk/plan/show.html",
        counts=nav_counts(waiting),
        year=year,
        years=_years(),
        today=today,
        plan=plan,
        progress=progress,
        target_fen=target_fen,
        speed=speed,
        is_now=start <= today <= deadline,
        bar=bar_of(progress.by_nearness, progress.total_fen, target_fen, speed.time_bp),
        lines=lines,
        places=_places(arrangements),
        households=household_codes(row.household_id for row in arrangements if row.household_id),
        shares=shares(plan, budgets.get(Purpose.CANTEEN, 0), budgets.get(Purpose.UNION, 0), ratios),
        rules=(CANTEEN_RATIO_BP, CANTEEN_ENCOURAGED_BP, UNION_RATIO_BP),
        todos=_todos(waiting),
        goods=goods,
        matched=counts_to(goods, arrangements, today),
        gap_village=gap.row.village_code if gap else "",
        shopping=url_for("unit.catalogue") if "unit.catalogue" in current_app.view_functions else "",
        count_words=COUNT_WORDS,
        manages=may(Permission.UNIT_MANAGER, unit_id) and chosen_unit().state is UnitState.ADMITTED,
    )


def _places(arrangements: list[ArrangementRow]) -> dict[str, tuple[str, str]]:
    """(village, county and town) by village code. Names are kept per process."""
    codes = {row.village_code for row in arrangements}
    names = names_of(
        [*codes, *(town_code_of(code) for code in codes), *(county_code_of(code) for code in codes)]
    )
    return {
        code: (
            names.get(code, code),
            names.get(county_code_of(code), "") + names.get(town_code_of(code), ""),
        )
        for code in codes
    }


def _due(waiting: Waiting) -> tuple[str, str]:
    """(words, tone) of the first payment that is due."""
    days: list[date] = [day for day in (waiting.pay_due_on, _day(waiting.unpaid_until)) if day is not None]
    if not days:
        return "", ""
    first, today = min(days), clock.today()
    if first < today:
        return f"{date_cn(first)}已到期", "late"
    return f"{date_cn(first)}前", "soon" if (first - today).days <= 3 else ""


def _day(moment: datetime | None) -> date | None:
    return clock.local_date(moment) if moment else None


def _todos(waiting: Waiting) -> list[Todo]:
    """待办, each line only while its page exists."""
    found: list[Todo] = []
    fen = waiting.to_pay_fen
    due, tone = _due(waiting)
    rows: tuple[tuple[int, str, str, dict[str, Any], str, str, str], ...] = (
        (waiting.to_accept, "到货待验收", "unit.acceptance", {}, "按批验收，数量对了再确认", "", ""),
        (
            waiting.to_pay,
            f"待付款 ¥{fen // 100:,}.{fen % 100:02d}",
            "unit.transfers",
            {},
            "按供应商对公转账，写上附言里的编号",
            due,
            tone,
        ),
        (
            waiting.to_approve,
            "采购单待审批",
            "unit.purchases",
            {"state": "submitted"},
            "由填单人以外的审批人审批",
            "",
            "",
        ),
        (
            waiting.returned,
            "采购单退回来了",
            "unit.purchases",
            {"state": "returned"},
            "看一下审批人的意见",
            "",
            "soon",
        ),
        (
            waiting.drafts,
            "采购单还没提交",
            "unit.purchases",
            {"state": "draft"},
            "选好货就可以提交审批",
            "",
            "",
        ),
    )
    for count, title, endpoint, values, text, due_words, due_tone in rows:
        if count and endpoint in current_app.view_functions:
            found.append(Todo(count, title, url_for(endpoint, **values), text, due_words, due_tone))
    return found


def edit() -> ResponseReturnValue:
    unit_id, year = managed_unit_id(), _year(request.args.get("year"))
    plan = plans_of(unit_id).get(year)
    arrangements = arrangements_in_force([unit_id], date(year, 1, 1), date(year, 12, 31))
    form = PlanForm(
        data={
            "target_fen": plan.target_fen,
            "canteen_budget_fen": plan.canteen_budget_fen,
            "no_canteen": plan.canteen_budget_fen is None,
            "union_budget_fen": plan.union_budget_fen,
            "platform_832_fen": plan.platform_832_fen or None,
        }
        if plan
        else None
    )
    if form.validate_on_submit():
        with errors_at(form):
            unit_commands.save_plan(require_actor(), unit_id, year, form.draft())
            flash(f"{year} 年的计划存好了。", "success")
            return redirect(url_for("unit.home", year=year))
    page = render_desk(
        "unit_desk/plan/edit.html",
        form=form,
        year=year,
        agreed_fen=sum(row.targets.get(year, 0) for row in arrangements),
        places=full_names_of({row.village_code for row in arrangements}),
        rules=(CANTEEN_RATIO_BP, CANTEEN_ENCOURAGED_BP, UNION_RATIO_BP),
    )
    return page, 422 if form.is_submitted() else 200
