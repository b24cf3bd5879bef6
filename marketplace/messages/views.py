"""消息: the box, one message, and what each person wants to hear."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BuildError

from marketplace.accounts.email_addresses import email_of
from marketplace.accounts.policies import Actor, allows
from marketplace.accounts.web import require_actor
from marketplace.kernel import mail
from marketplace.kernel.forms import typed_id
from marketplace.kernel.web import permission_of
from marketplace.messages import commands, queries
from marketplace.messages.audience import topics_for
from marketplace.messages.queries import MessageRow
from marketplace.messages.topics import TOPICS, Topic

UNREAD = "unread"


def _topic(text: str | None) -> Topic | None:
    return Topic(text) if text and text in TOPICS else None


def index() -> ResponseReturnValue:
    """``?topic=`` names one, or ``unread``; ``?before=`` goes on from a message."""
    actor = require_actor()
    user_id = actor.user_id
    wanted = request.args.get("topic", "")
    topic = _topic(wanted)
    before = typed_id(request.args.get("before")) or None
    found = queries.box(user_id, topic=topic, unread=wanted == UNREAD, before=before)
    unread = queries.unread_by_topic(user_id)
    chips = [("", "全部", 0), (UNREAD, "未读", sum(unread.values()))]
    shown = topics_for(actor, {*unread, *([topic] if topic else [])})
    chips += [(each.value, TOPICS[each].title, unread.get(each, 0)) for each in shown]
    current = topic.value if topic else UNREAD if wanted == UNREAD else ""
    return render_template(
        "messages/index.html",
        box=found,
        chips=chips,
        current=current,
        unread=sum(unread.values()),
        later=before is not None,
    )


def _page_of(actor: Actor, message: MessageRow) -> str | None:
    """The page a message is about, when it is one of ours that this person may open; None otherwise."""
    endpoint = message.endpoint
    if endpoint not in current_app.view_functions:
        return None
    permission = permission_of(current_app, endpoint, "GET")
    if permission is None or not allows(actor, permission):
        return None
    try:
        path: str = current_app.url_map.bind("").build(endpoint, dict(message.params), method="GET")
    except (BuildError, TypeError, ValueError):
        return None
    return path


def show(message_id: int) -> ResponseReturnValue:
    """The message itself: where a letter leads, and where its page is gone. To open it is to have read it."""
    actor = require_actor()
    message = queries.get_message(actor.user_id, message_id)
    if message.is_unread:
        commands.mark_read(actor.user_id, message_id)
    return render_template("messages/show.html", message=message, page=_page_of(actor, message))


def open_page(message_id: int) -> ResponseReturnValue:
    """Read, and on to the page it is about."""
    actor = require_actor()
    message = queries.get_message(actor.user_id, message_id)
    commands.mark_read(actor.user_id, message_id)
    return redirect(_page_of(actor, message) or url_for("messages.show", message_id=message_id))


def read_all() -> ResponseReturnValue:
    topic = _topic(request.form.get("topic"))
    count = commands.mark_all_read(
        require_actor().user_id, topic=topic, up_to=typed_id(request.form.get("up_to")) or None
    )
    flash(f"{count} 条标成了已读。" if count else "没有未读的消息。", "success")
    return redirect(url_for("messages.index", topic=topic.value if topic else None))


def choices() -> ResponseReturnValue:
    """Of the topics that reach this person; what was chosen of others stays as it is."""
    actor = require_actor()
    user_id = actor.user_id
    topics = topics_for(actor, queries.topics_heard(user_id))
    if request.method == "POST":
        in_site, by_mail = (
            [topic for topic in topics if topic.value in request.form.getlist(name)]
            for name in ("in_site", "by_mail")
        )
        commands.choose(user_id, topics, in_site, by_mail)
        flash("存好了，以后按这样提醒您。", "success")
        return redirect(url_for("messages.choices"))
    return render_template(
        "messages/choices.html",
        choices=queries.choices_of(user_id, topics),
        email=email_of(user_id),
        mail_is_on=mail.is_on(),
    )
