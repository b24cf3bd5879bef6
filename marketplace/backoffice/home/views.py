"""The first page of the platform's desk."""

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import count_users, display_names
from marketplace.backoffice.home import queries
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.records.queries import audit_page
from marketplace.backoffice.records.words import action_word, subject_word
from marketplace.kernel import clock
from marketplace.parties import queries as parties
from marketplace.parties.workflow import SupplierState
from marketplace.presentation import Todo, date_cn
from marketplace.regions.queries import full_names_of

#: what the registration page promises
ANSWER_DAYS = 3
NEWEST = 6


def _todos(waiting: int) -> list[Todo]:
    found = []
    if waiting:
        oldest = parties.oldest_submission()
        days = (clock.now() - oldest).days if oldest else 0
        tone = "late" if days >= ANSWER_DAYS else "soon" if days == ANSWER_DAYS - 1 else ""
        due = f"最早的等了 {days} 天" if days else "今天刚交"
        found.append(
            Todo(waiting, "供应商等着入驻", url_for("backoffice.suppliers"), "3 个工作日内答复", due, tone)
        )
    stuck, topic = queries.stuck_messages()
    if stuck:
        text = f"例如 {topic}，请技术人员看日志"
        found.append(Todo(stuck, "后台任务反复失败", url_for("backoffice.audit"), text, "", "late"))
    return found


def home() -> ResponseReturnValue:
    counts = parties.count_by_state()
    waiting = counts.get(SupplierState.SUBMITTED, 0)
    submitted = parties.suppliers_page(page=1, states=[SupplierState.SUBMITTED]).items[:NEWEST]
    recent = audit_page(page=1, by_people=True).items[:10]
    return render_desk(
        "backoffice/home.html",
        counts={"backoffice.suppliers": waiting},
        today=date_cn(clock.today()),
        todos=_todos(waiting),
        day=queries.day_since(clock.local_day_start(clock.today())),
        admitted=counts.get(SupplierState.APPROVED, 0),
        households=queries.household_count(),
        users=count_users(),
        submitted=submitted,
        places=full_names_of([supplier.village_code for supplier in submitted]),
        recent=recent,
        names=display_names({row.actor_id for row in recent if row.actor_id is not None}),
        action_word=action_word,
        subject_word=subject_word,
    )
