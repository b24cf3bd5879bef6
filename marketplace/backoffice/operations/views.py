"""The operators' page: queue, jobs, index."""

from collections.abc import Mapping
from datetime import datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.operations import queries
from marketplace.backoffice.operations.words import job_word, topic_word
from marketplace.kernel import clock, outbox
from marketplace.kernel.forms import asked_choice, errors_flashed
from marketplace.kernel.job_runs import job_rows
from marketplace.kernel.outbox import MessageState
from marketplace.kernel.paging import page_number

STATES = {
    MessageState.FAILING: ("失败，会再试", "warn"),
    MessageState.GIVEN_UP: ("试了多次，已放弃", "danger"),
    MessageState.WAITING: ("等着处理", "info"),
    MessageState.HELD: ("恢复备份时扣下", "warn"),
}


def index() -> ResponseReturnValue:
    queue, jobs = outbox.queue_state(), job_rows()
    state = asked_choice(MessageState) or _worst(queue.counts)
    return render_desk(
        "backoffice/operations.html",
        queue=queue,
        page=outbox.messages_page(state, page_number(request.args.get("page"))),
        state=state,
        words=STATES,
        chips=[(each.value, word, queue.counts[each]) for each, (word, _) in STATES.items()],
        jobs=jobs,
        late={row.name for row in jobs if queries.is_late(row)},
        is_silent=queries.is_silent(jobs),
        last_sign=queries.last_sign(jobs),
        waiting_minutes=_minutes_since(queue.oldest_at),
        index=queries.search_index(),
        to_sum=queries.entries_to_sum(),
        topic_word=topic_word,
        job_word=job_word,
    )


def _worst(counts: Mapping[MessageState, int]) -> MessageState:
    """The list that needs somebody is shown first."""
    order = (MessageState.GIVEN_UP, MessageState.HELD, MessageState.FAILING)
    return next((state for state in order if counts[state]), MessageState.WAITING)


def _minutes_since(moment: datetime | None) -> int:
    return int((clock.now() - moment).total_seconds() // 60) if moment else 0


def retry(message_id: int) -> ResponseReturnValue:
    """POST: take a failed message again."""
    with errors_flashed():
        outbox.retry(message_id, require_actor().user_id)
        flash("已经放回队列，马上再试一次。", "success")
    return redirect(url_for("backoffice.operations"), 303)


def send_held() -> ResponseReturnValue:
    """POST: what a restore held is sent after all."""
    count = outbox.send_held(require_actor().user_id)
    _tell_settled(count, f"{count} 条放回了队列，马上发出。")
    return redirect(url_for("backoffice.operations"), 303)


def drop_held() -> ResponseReturnValue:
    """POST: what a restore held was told before it."""
    count = outbox.drop_held(require_actor().user_id)
    _tell_settled(count, f"{count} 条不发了。")
    return redirect(url_for("backoffice.operations"), 303)


def _tell_settled(count: int, done: str) -> None:
    if count:
        flash(done, "success")
    else:
        flash("没有扣下的了，可能别人刚处理过。", "info")
