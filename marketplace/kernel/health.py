"""Whether this process can do its work: it lives when it answers, it is ready when what it needs answers too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from flask import Response, jsonify
from sqlalchemy import text

from marketplace.kernel.db import db
from marketplace.kernel.revisions import FOUND, newest_revision

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Check:
    """``run`` raises when something is wrong. What is not ``needed`` is told, and the shop serves without it."""

    name: str
    run: Callable[[], object]
    needed: bool = True


class BehindMigrations(Exception):
    """The tables are not those of this code: ``flask db upgrade`` has not run, or other code is newer."""


def database_answers() -> None:
    db.session.execute(text("SELECT 1"))


def migrations_are_current() -> None:
    found, wanted = db.session.scalars(text(FOUND)).all(), _newest_revision()
    if found != [wanted]:
        raise BehindMigrations(f"{found} instead of {wanted}")


#: this program's; read once
_newest_revision = cache(newest_revision)


def readiness(checks: Sequence[Check]) -> Response:
    """200 when everything needed answers, else 503. Says which, never why: that is in the log."""
    results: dict[str, str] = {}
    is_ready = True
    for check in checks:
        try:
            check.run()
        except Exception:
            log.exception("health.failed", check=check.name, needed=check.needed)
            db.session.rollback()
            results[check.name] = "failed" if check.needed else "degraded"
            is_ready = is_ready and not check.needed
        else:
            results[check.name] = "ok"
    body: dict[str, Any] = {"status": "ready" if is_ready else "not ready", "checks": results}
    response = jsonify(body)
    response.status_code = 200 if is_ready else 503
    return response
