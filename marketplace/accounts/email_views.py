"""通知邮箱: write it, confirm it, change it, remove it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import email_addresses, email_links
from marketplace.accounts.forms import EmailForm
from marketplace.accounts.web import current_actor, require_actor
from marketplace.kernel import mail
from marketplace.kernel.forms import errors_at, status_of


def show() -> ResponseReturnValue:
    user_id = require_actor().user_id
    form = EmailForm()
    if form.validate_on_submit():
        with errors_at(form):
            email_addresses.set_email(user_id, str(form.email.data))
            flash("确认邮件已经在路上，请打开信里的链接。", "success")
            return redirect(url_for("accounts.email"))
    return render_template(
        "accounts/email.html",
        form=form,
        own=email_addresses.email_of(user_id),
        days=email_addresses.LINK_DAYS,
        mail_is_on=mail.is_on(),
    ), status_of(form)


def remove() -> ResponseReturnValue:
    email_addresses.remove_email(require_actor().user_id)
    flash("邮箱删掉了，以后只在站内提醒您。", "success")
    return redirect(url_for("accounts.email"))


def confirm(token: str) -> ResponseReturnValue:
    """A button, for programs open the links of letters too."""
    user_id, digest = email_links.read_token(token)
    if request.method == "GET":
        email_addresses.check_link(user_id, digest)
        return render_template("accounts/email_confirm.html")
    email_addresses.confirm_email(user_id, digest)
    flash("邮箱确认好了，以后的通知也会寄到这里。", "success")
    return redirect(url_for("accounts.email" if current_actor() else "home.show"))
