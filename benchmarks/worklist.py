"""Times the officials' work list with 50,000 applications: ``python -m benchmarks.worklist INSTANCE``.

A copy of the instance is made in a temporary folder and thrown away. Median of seven, milliseconds of the list's
statements and of the one for the desk's counts.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select

from certification.applications.models import Application
from certification.reviews.worklist import Filters, desk_counts, work_list
from marketplace.accounts.models import User
from marketplace.accounts.queries import load_actor
from marketplace.app import create_app
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.regions.models import Region

APPLICATIONS = 50_000
STATES = ("town_review", "county_review", "city_review", "village_confirmation", "certified")


def main(instance: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "instance"
        shutil.copytree(instance, copy)
        os.environ["INSTANCE"] = str(copy)

        app = create_app()
        with app.app_context():
            _fill()
            _time()


def _fill() -> None:
    with transaction() as session:
        pattern = session.execute(
            select(Application.supplier_id, Application.product_id, Application.created_by)
        ).first()
        villages = session.scalars(
            select(Region.code).where(Region.level == "village", Region.code.like("6101%"))
        ).all()
        assert pattern is not None
        today, moment = clock.today(), clock.now()
        session.execute(
            insert(Application),
            [
                {
                    "supplier_id": pattern.supplier_id,
                    "product_id": pattern.product_id,
                    "created_by": pattern.created_by,
                    "region_code": villages[number % len(villages)],
                    "state": STATES[number % len(STATES)],
                    "number": f"测{number}",
                    "created_at": moment,
                    "submitted_at": moment,
                    "deadline_on": today + timedelta(days=number % 40 - 10),
                }
                for number in range(APPLICATIONS)
            ],
        )


def _time() -> None:
    for login in ("village", "town", "county", "city"):
        user_id = db.session.scalar(select(User.id).where(User.username == login))
        assert user_id is not None
        actor = load_actor(user_id)
        assert actor is not None
        page = work_list(actor, Filters())
        listed = _median(lambda actor=actor: work_list(actor, Filters()))  # type: ignore[misc]
        late = _median(lambda actor=actor: work_list(actor, Filters(due="overdue"), 3))  # type: ignore[misc]
        counts = _median(lambda actor=actor: desk_counts(actor, {}))  # type: ignore[misc]
        times = f"list {listed:6.1f} · overdue, page 3 {late:6.1f} · counts {counts:6.1f} ms"
        print(f"{login:8} {page.total:6} waiting · {times}")


def _median(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(7):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
