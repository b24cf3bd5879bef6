"""Alive and ready are two things; the log has a line per request by its route."""

import shutil
from collections.abc import MutableMapping
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from structlog.testing import capture_logs
from werkzeug import Response

from marketplace.kernel import health
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from tests.support.clients import Client


def test_alive_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.session, "execute", _broken)
    assert client.get("/healthz").get_json() == {"status": "ok"}


def _broken(*_args: object, **_values: object) -> None:
    raise ConnectionError("no database")


def test_ready_when_everything_answers(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.get_json()["checks"]["database"] == "ok"
    assert response.get_json()["checks"]["migrations"] == "ok"


def test_not_ready_behind_the_migrations(client: Client) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    db.session.commit()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.get_json() == {
        "status": "not ready",
        "checks": {
            "database": "ok",
            "migrations": "failed",
            "search": response.get_json()["checks"]["search"],
        },
    }


def test_ready_without_the_index_and_says_so(client: Client, settings: Settings) -> None:
    shutil.rmtree(settings.search_folder, ignore_errors=True)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.get_json()["checks"]["search"] == "degraded"


def test_what_fails_is_told_without_its_reason(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def leak() -> None:
        raise RuntimeError("postgresql://shop:geheim@db")

    monkeypatch.setattr("marketplace.wiring.HEALTH_CHECKS", (health.Check("database", leak),))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"geheim" not in response.data


def _request_lines(client: Client, address: str) -> tuple[Response, list[MutableMapping[str, Any]]]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        response = client.get(address)
    return response, [line for line in lines if line["event"] == "request"]


class TestRequestLog:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        settings.log_every_request = True
        return settings

    def test_a_line_names_the_route_and_not_the_secret(self, client: Client) -> None:
        response, [line] = _request_lines(client, "/o/a-guests-own-secret")
        assert line["request_id"] == response.headers["X-Request-ID"]
        assert line["status"] == response.status_code
        assert line["route"].startswith("/o/<")
        assert "a-guests-own-secret" not in str(line)


def test_no_line_where_nobody_asked_for_it(client: Client) -> None:
    assert _request_lines(client, "/healthz")[1] == []
