"""The first page of the platform's desk."""

from datetime import date, datetime

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog.reviews.queries import CaseFilter, count_cases
from marketplace.accounts.policies import Permission
from marketplace.accounts.queries import count_users, display_names
from marketplace.backoffice.home import queries
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.operations.words import job_word
from marketplace.backoffice.records.queries import AuditFilter, audit_slice
from marketplace.backoffice.records.words import action_word, subject_word
from marketplace.kernel import clock
from marketplace.kernel.job_runs import job_rows
from marketplace.kernel.outbox import MessageState, queue_state
from marketplace.kernel.working_days import missing_year
from marketplace.outlets.queries import count_by_county
from marketplace.pairing.queries import PairingFilter, Standing, count_by_standing
from marketplace.parties import paper_queries, unit_queries
from marketplace.parties import queries as parties
from marketplace.parties.bank_change_queries import open_supplier_changes
from marketplace.parties.licence_change_queries import open_licence_changes
from marketplace.parties.paper_queries import Ending
from marketplace.parties.standing_rules import Verification
from marketplace.parties.workflow import SupplierState, UnitState
from marketplace.presentation import Todo, date_cn, datetime_cn
from marketplace.regions.queries import full_names_of
from orders.refunds.cases import cases_waiting

#: what the registration pages promise
ANSWER_DAYS = 3
NEWEST = 6


def _to_admit(count: int, oldest: datetime | None, title: str, endpoint: str) -> Todo:
    days = (clock.now() - oldest).days if oldest else 0
    tone = "late" if days >= ANSWER_DAYS else "soon" if days == ANSWER_DAYS - 1 else ""
    due = f"最早的等了 {days} 天" if days else "今天刚交"
    return Todo(count, title, url_for(endpoint), "3 个工作日内答复", due, tone)


def _todos(suppliers: int, units: int) -> list[Todo]:
    """What waits, the admin's own work first, then what others let lie."""
    found = [
        _to_admit(suppliers, parties.oldest_submission(), "供应商等着入驻", "backoffice.suppliers"),
        _to_admit(units, unit_queries.oldest_unit_waiting(), "单位等着核实", "backoffice.units"),
        _to_rule(),
        _reported(),
        *_watched(),
        *_calendar(),
        *_failing(),
        *_with_others(),
    ]
    return [todo for todo in found if todo.count]


def _to_rule() -> Todo:
    waiting = cases_waiting()
    due = (
        f"{waiting.late} 件过了答复期限" if waiting.late else f"最早的 {date_cn(waiting.first_due_on)} 前答复"
    )
    tone = "late" if waiting.late else "soon"
    address = url_for("backoffice.arbitrations")
    return Todo(waiting.count, "售后等平台裁定", address, "买家和供应商说不到一起", due, tone)


def _reported() -> Todo:
    count = count_cases()[CaseFilter.WAITING]
    return Todo(count, "被举报的评价等处理", url_for("backoffice.reviews"), "看有没有违规", "", "soon")


def _watched() -> list[Todo]:
    """What changes about those admitted."""
    dues, ending = parties.count_by_verification(), paper_queries.count_ending()
    address = url_for("backoffice.suppliers", due="overdue")
    return [
        Todo(
            len(open_supplier_changes()),
            "换收款账户等核对",
            url_for("backoffice.bank_changes"),
            "",
            "",
            "soon",
        ),
        Todo(
            len(open_licence_changes()),
            "变更登记资料等核对",
            url_for("backoffice.licence_changes"),
            "",
            "",
            "soon",
        ),
        Todo(
            dues[Verification.CONFIRMED],
            "半年复核等您看",
            url_for("backoffice.suppliers", due="confirmed"),
            "负责人已经确认资料没有变",
        ),
        Todo(dues[Verification.OVERDUE], "半年复核逾期没确认", address, "打电话催一声", "", "late"),
        Todo(
            ending[Ending.GRACE_OVER],
            "必需证照过了宽限期",
            url_for("backoffice.papers", ending="grace_over"),
            "由您决定要不要暂停",
            "",
            "late",
        ),
    ]


def _calendar() -> list[Todo]:
    """Periods are counted in working days: a year that is not known yet makes them end too early."""
    year = missing_year(clock.today())
    return [
        Todo(
            int(year is not None),
            f"{year} 年的放假和调休还没有录全",
            url_for("notices.calendar"),
            "国务院办公厅一般 11 月公布；录全以前，公示期限可能算早",
            "",
            "soon",
        )
    ]


def _failing() -> list[Todo]:
    queue = queue_state()
    jobs = [row for row in job_rows() if row.error]
    given_up, failing = queue.counts[MessageState.GIVEN_UP], queue.counts[MessageState.FAILING]
    held, address = queue.counts[MessageState.HELD], url_for("backoffice.operations")
    return [
        Todo(given_up, "后台任务已放弃", address, "排除原因后再试一次", "", "late"),
        Todo(held, "恢复备份时扣下的消息和信", address, "备份以后可能已经发过，由您定发不发", "", "soon"),
        Todo(failing, "后台任务在重试", address, "看看最近一次的错误", "", "soon"),
        Todo(
            len(jobs), "定时任务失败", address, "、".join(job_word(row.name) for row in jobs[:3]), "", "late"
        ),
    ]


def _with_others() -> list[Todo]:
    proofs, reviews = queries.proofs_to_check(), queries.overdue_reviews()
    parcels = queries.overdue_parcels()
    is_finance = current_user.allows(Permission.FINANCE)
    to_finance = url_for("finance.proofs") if is_finance else url_for("backoffice.users", role="finance")
    return [
        Todo(
            proofs.count,
            "转账凭证等财务核对",
            to_finance,
            "买家在等发货",
            f"最早 {_when(proofs.first)}",
            "soon",
        ),
        Todo(
            reviews.count,
            "认定审核超期",
            url_for("backoffice.users", role="official"),
            "找管这一级的审核干部",
            f"最早 {_when(reviews.first)} 到期",
            "late",
        ),
        Todo(
            parcels.count,
            "付了款还没发货，超时",
            url_for("reports.orders"),
            "提醒供应商发货",
            f"最早 {_when(parcels.first)} 付款",
            "late",
        ),
    ]


def _when(moment: datetime | date | None) -> str:
    return datetime_cn(moment) if isinstance(moment, datetime) else date_cn(moment)


def home() -> ResponseReturnValue:
    counts = parties.count_by_state()
    waiting = counts.get(SupplierState.SUBMITTED, 0)
    units = unit_queries.count_units_by_state()
    units_waiting = units.get(UnitState.SUBMITTED, 0)
    submitted = parties.suppliers_page(page=1, states=[SupplierState.SUBMITTED]).items[:NEWEST]
    recent = audit_slice(AuditFilter(by_people=True), limit=10).items
    return render_desk(
        "backoffice/home.html",
        counts={"backoffice.suppliers": waiting, "backoffice.units": units_waiting},
        today=date_cn(clock.today()),
        todos=_todos(waiting, units_waiting),
        day=queries.day_since(clock.local_day_start(clock.today())),
        admitted=counts.get(SupplierState.APPROVED, 0),
        admitted_units=units.get(UnitState.ADMITTED, 0),
        outlets=sum(count_by_county().values()),
        pairings=count_by_standing(PairingFilter(), clock.today())[Standing.IN_FORCE],
        households=queries.household_count(),
        users=count_users(),
        submitted=submitted,
        places=full_names_of([supplier.village_code for supplier in submitted]),
        recent=recent,
        names=display_names({row.actor_id for row in recent if row.actor_id is not None}),
        action_word=action_word,
        subject_word=subject_word,
    )
