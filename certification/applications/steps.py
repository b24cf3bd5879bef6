"""One edge of the chain at a time: the only writer of ``Application.state``."""

from datetime import date

from sqlalchemy import update

from certification.applications.models import Application, ApplicationStep
from certification.applications.parameters import DEADLINES
from certification.applications.rules import LEVEL_OF_STATE
from certification.applications.telling import tell_of_step
from certification.applications.workflow import APPLICATION, ApplicationState
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import IllegalTransition
from marketplace.kernel.working_days import add_working_days

FINAL = frozenset({ApplicationState.CERTIFIED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN})


def take_step(
    application: Application,
    action: str,
    actor_id: int | None,
    opinion: str = "",
    *,
    deadline_on: date | None = None,
) -> ApplicationState:
    """Take an edge of the table once, whoever else tries at the same moment: a conditional UPDATE on the old state.

    ``deadline_on`` overrides the level's period. Raises IllegalTransition. Runs inside the caller's transaction.
    """
    before = application.state
    after = APPLICATION.next(before, action)
    today = clock.today()
    period = DEADLINES.get(after)
    if deadline_on is None and period is not None:
        deadline_on = add_working_days(today, period.get())
    db.session.flush()
    taken = db.session.execute(
        update(Application)
        .where(Application.id == application.id, Application.state == before)
        .values(
            state=after,
            returned_from=LEVEL_OF_STATE[before] if after is ApplicationState.RETURNED else None,
            deadline_on=deadline_on,
            handled_by=None,
            escalated_at=None,
            decided_at=clock.now() if after in FINAL else application.decided_at,
        )
        .execution_options(synchronize_session=False)
    )
    if getattr(taken, "rowcount", 0) != 1:
        raise IllegalTransition(before, action)
    db.session.refresh(application)
    _record(application.id, action, before, after, actor_id, opinion.strip())
    tell_of_step(application, action, opinion.strip())
    return after


def _record(
    application_id: int,
    action: str,
    before: ApplicationState,
    after: ApplicationState,
    actor_id: int | None,
    opinion: str,
) -> None:
    db.session.add(
        ApplicationStep(
            application_id=application_id,
            action=action,
            from_state=before,
            to_state=after,
            actor_id=actor_id,
            at=clock.now(),
            opinion=opinion,
        )
    )
    audit.record(
        actor_id,
        f"applications.{action}",
        "application",
        application_id,
        {"from": before.value, "to": after.value},
        reason=opinion or None,
    )
    db.session.flush()
