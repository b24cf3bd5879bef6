"""What operators do from the command line: accounts, the timers, the demo."""

from datetime import datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from marketplace import jobs
from marketplace.accounts.commands import LoginTry
from marketplace.accounts.models import User
from marketplace.accounts.queries import load_actor
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.job_runs import job_rows
from marketplace.kernel.settings import Settings
from tests.support.logins import log_in

PASSWORD = "long-enough-7"


def run(app: Flask, *args: str, said: str = "") -> Result:
    result = app.test_cli_runner().invoke(args=list(args), input=said)
    db.session.rollback()
    return result


def create(app: Flask, username: str, *args: str) -> Result:
    return run(app, "users", "create", username, "--reason", "开张", *args, said=f"{PASSWORD}\n{PASSWORD}\n")


def user_id(username: str) -> int:
    return db.session.scalars(select(User.id).where(User.username == username)).one()


def roles(username: str) -> set[tuple[str, str]]:
    actor = load_actor(user_id(username))
    return {(grant.role.value, grant.scope_id) for grant in actor.grants} if actor else set()


def actions() -> list[tuple[str, int | None, str | None]]:
    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.reason).order_by(AuditEntry.id)
    )
    return [(action, actor, reason) for action, actor, reason in rows]


def test_the_first_admin_of_a_new_shop(app: Flask) -> None:
    result = create(app, "chief", "--name", "主管", "--role", "admin")
    assert result.exit_code == 0, result.output
    assert roles("chief") == {("admin", "")}
    assert log_in(LoginTry("chief", PASSWORD, "127.0.0.1"))[0] == user_id("chief")
    assert ("accounts.create", None, "开张") in actions()
    assert ("accounts.grant", None, "开张") in actions()
    assert PASSWORD not in result.output


def test_a_password_is_never_an_argument(app: Flask) -> None:
    for command in app.cli.commands["users"].commands.values():  # type: ignore[attr-defined]
        assert not [option for option in command.params if "password" in (option.name or "")]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["Ü"], "user"),
        (["chief", "--role", "official"], "say which"),
        (["chief", "--role", "admin", "--scope", "610124000000"], "no scope"),
        (["chief", "--role", "official", "--scope", "619999999999"], "没有找到"),
    ],
)
def test_what_cannot_be_is_refused_in_words(app: Flask, args: list[str], said: str) -> None:
    result = create(app, *args)
    assert result.exit_code
    assert "Traceback" not in result.output
    if said != "user":
        assert said in result.output
    assert not db.session.scalars(select(User.id)).all()


def test_a_weak_password_makes_no_account(app: Flask) -> None:
    result = run(app, "users", "create", "chief", "--reason", "开张", said="short\nshort\n")
    assert result.exit_code
    assert not db.session.scalars(select(User.id)).all()


def test_roles_come_and_go_with_a_reason(app: Flask) -> None:
    create(app, "chief")
    assert run(app, "users", "grant", "chief", "official", "610124000000", "--reason", "借调").exit_code == 0
    assert roles("chief") == {("official", "610124000000")}
    assert "official@610124000000" in run(app, "users", "list", "--role", "official").output
    assert run(app, "users", "grant", "chief", "finance").exit_code == 2, "a reason is needed"
    revoked = run(app, "users", "revoke", "chief", "official", "610124000000", "--reason", "回去了")
    assert revoked.exit_code == 0
    assert roles("chief") == set()
    again = run(app, "users", "revoke", "chief", "official", "610124000000", "--reason", "回去了")
    assert again.exit_code == 1
    assert [each for each in actions() if each[0] == "accounts.revoke"] == [
        ("accounts.revoke", None, "回去了")
    ]


def test_disabled_and_enabled_again(app: Flask) -> None:
    create(app, "chief")
    assert run(app, "users", "disable", "chief", "--reason", "走了").exit_code == 0
    with pytest.raises(InvalidInput, match=r"accounts\.login_failed"):
        log_in(LoginTry("chief", PASSWORD, "127.0.0.1"))
    assert run(app, "users", "enable", "chief", "--reason", "回来了").exit_code == 0
    log_in(LoginTry("chief", PASSWORD, "127.0.0.1"))


def test_a_lost_password_is_replaced(app: Flask) -> None:
    create(app, "chief")
    before = db.session.get_one(User, user_id("chief")).session_version
    changed = run(
        app, "users", "password", "chief", "--reason", "忘了", said="another-one-8\nanother-one-8\n"
    )
    assert changed.exit_code == 0
    db.session.expire_all()
    assert db.session.get_one(User, user_id("chief")).session_version > before
    log_in(LoginTry("chief", "another-one-8", "127.0.0.1"))


class TestJobs:
    @pytest.fixture
    def only(self, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
        """One job that notes what time it believes it is, and one that fails."""
        seen: list[datetime] = []

        def fail() -> None:
            raise ValueError("out of paper")

        monkeypatch.setattr(
            jobs,
            "JOBS",
            (
                jobs.Job("tests.fails", every=1, run=fail),
                jobs.Job("tests.looks", every=1, run=lambda: seen.append(clock.now())),
            ),
        )
        return seen

    def test_as_if_it_were_another_time(self, app: Flask, only: list[datetime]) -> None:
        run(app, "jobs", "run", "--at", "2031-05-06 09:30")
        [moment] = only
        wanted = datetime(2031, 5, 6, 9, 30, tzinfo=clock.BUSINESS_ZONE)
        assert timedelta(0) <= moment - wanted < timedelta(minutes=1)
        assert abs(clock.now() - datetime.now(tz=clock.BUSINESS_ZONE)) < timedelta(minutes=1)

    def test_a_failing_job_is_named_and_stops_no_other(self, app: Flask, only: list[datetime]) -> None:
        result = run(app, "jobs", "run")
        assert result.exit_code == 1
        assert "tests.fails" in result.output
        assert len(only) == 1
        noted = {row.name: row for row in job_rows()}
        assert noted["tests.fails"].error == "ValueError: out of paper"
        assert (noted["tests.fails"].runs, noted["tests.fails"].failures) == (1, 1)
        assert noted["tests.looks"].error is None
        assert noted["tests.looks"].finished_at is not None

    def test_the_worker_notes_a_frequent_job_once_a_minute(self, app: Flask, only: list[datetime]) -> None:
        memory = jobs.Memory()
        moment = datetime(2031, 5, 6, 9, 30, tzinfo=clock.BUSINESS_ZONE)
        for seconds in (0, 5, 10, 70):
            with clock.turned_to(moment + timedelta(seconds=seconds)):
                jobs.run_due(app, memory)
        noted = {row.name: row for row in job_rows()}
        assert len(only) == 4
        assert noted["tests.looks"].runs == 2
        assert noted["tests.fails"].failures == 4, "a failure is noted each time"

    @pytest.mark.parametrize(("args", "code"), [([], 1), (["--in-production"], 0)])
    def test_another_time_is_refused_on_real_data(
        self, app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, args: list[str], code: int
    ) -> None:
        monkeypatch.setattr(jobs, "JOBS", ())
        monkeypatch.setattr(Settings, "is_demo", False)
        assert run(app, "jobs", "run", "--at", "2031-05-06", *args).exit_code == code

    def test_a_time_that_is_none(self, app: Flask) -> None:
        result = run(app, "jobs", "run", "--at", "tomorrow")
        assert result.exit_code == 2
        assert "is not a date" in result.output


def test_the_demo_is_refused_in_production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "is_demo", False)
    assert run(app, "demo", "load").exit_code == 1
    assert not db.session.scalars(select(User.id)).all()
