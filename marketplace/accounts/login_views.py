"""Pages to log in, in one step or two, and to log out."""

from dataclasses import asdict
from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import commands, second_factor
from marketplace.accounts.commands import LoginTry, Proven, Trust
from marketplace.accounts.forms import CodeForm, LoginForm
from marketplace.accounts.queries import load_session_user
from marketplace.accounts.web import (
    browser_of_request,
    current_actor,
    end_session,
    require_actor,
    safe_next,
    start_session,
)
from marketplace.kernel import clock
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.settings import DEMO_PASSWORD, Settings

DEVICE_COOKIE = "device"
#: Extension key of a function that names the endpoint a person lands on; the composition root knows the desks.
LANDING = "accounts.landing"
DEVICE_AGE = 400 * 86400
#: Where the session keeps who gave the right password and still owes a code, and for how many seconds.
PENDING = "second_factor"
PENDING_SECONDS = 600


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def refused_passwords() -> frozenset[str]:
    return frozenset() if _settings().is_demo else frozenset({DEMO_PASSWORD})


def _cookie_name() -> str:
    return f"__Host-{DEVICE_COOKIE}" if _settings().https else DEVICE_COOKIE


def device_token() -> str | None:
    """What this browser shows to be known again."""
    return request.cookies.get(_cookie_name())


def _landing() -> str:
    """Where somebody arrives who came from nowhere: the first of their desks, else the shop."""
    endpoint: str = current_app.extensions[LANDING]()
    return url_for(endpoint)


def _login_try(identifier: str = "", password: str = "") -> LoginTry:
    return LoginTry(
        identifier=identifier,
        password=password,
        address=request.remote_addr or "-",
        device_token=device_token(),
        cookies=request.cookies,
        refused=refused_passwords(),
    )


def sign_in(identifier: str, password: str, remember: bool, target: str | None) -> ResponseReturnValue:
    """The way on after a name and a password: into the shop, or to the page that asks for the code."""
    login = _login_try(identifier, password)
    proven = commands.authenticate(login)
    if not proven.needs_code:
        return _enter(proven, login, remember, target)
    found = load_session_user(proven.user_id)
    session[PENDING] = {
        "proven": asdict(proven),
        "version": found.session_version if found is not None else 0,
        "remember": remember,
        "until": int(clock.now().timestamp()) + PENDING_SECONDS,
    }
    return redirect(url_for("accounts.login_code", next=target))


def _enter(
    proven: Proven, login: LoginTry, remember: bool, target: str | None, trust: Trust | None = None
) -> ResponseReturnValue:
    device = commands.record_login(proven, login, trust)
    user = start_session(proven.user_id, remember=remember)
    if user.must_enrol:
        response = make_response(redirect(url_for("accounts.factor", next=safe_next(current_app, target))))
    else:
        response = make_response(redirect(safe_next(current_app, target) or _landing()))
    response.set_cookie(
        _cookie_name(),
        device,
        max_age=DEVICE_AGE,
        httponly=True,
        samesite="Lax",
        secure=_settings().https,
        path="/",
    )
    return response


def login() -> ResponseReturnValue:
    target = request.values.get("next")
    if request.method == "GET" and current_actor() is not None:
        return redirect(safe_next(current_app, target) or _landing())
    form = LoginForm(data={"next": target} if request.method == "GET" else None)
    if form.validate_on_submit():
        with errors_at(form):
            return sign_in(
                str(form.identifier.data), str(form.password.data), form.remember.data, form.next.data
            )
    # whatever was wrong: the status of a name that exists is that of one that doesn't
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/login.html", form=form, next=target), status


def _pending() -> dict[str, Any] | None:
    """Who owes a code, while the password they gave still holds."""
    kept: dict[str, Any] | None = session.get(PENDING)
    if kept is None or kept["until"] < clock.now().timestamp():
        return None
    found = load_session_user(kept["proven"]["user_id"])
    return kept if found is not None and found.session_version == kept["version"] else None


def login_code() -> ResponseReturnValue:
    target = request.values.get("next")
    kept = _pending()
    if kept is None:
        return redirect(url_for("accounts.login", next=target))
    proven = Proven(**kept["proven"])
    form = CodeForm(data={"next": target} if request.method == "GET" else None)
    if form.validate_on_submit():
        with errors_at(form):
            second_factor.prove(proven.user_id, str(form.code.data), proven.device)
            session.pop(PENDING, None)
            return _enter(proven, _login_try(), kept["remember"], form.next.data, _trust(form.trust.data))
    days = second_factor.TRUST_DAYS.get()
    return render_template("accounts/login_code.html", form=form, next=target, days=days), status_of(form)


def _trust(asked: bool) -> Trust | None:
    return Trust(browser_of_request().device, second_factor.trusted_until()) if asked else None


def logout() -> ResponseReturnValue:
    actor = require_actor()
    commands.end_all_sessions(actor.user_id, actor.user_id, "accounts.logout", keep_trusted=True)
    end_session()
    flash("已经退出登录，其他设备上的登录也都退出了。", "success")
    return redirect(url_for("home.show"))
