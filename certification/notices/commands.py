"""Putting a notice up and taking it down when its working days are over."""

from sqlalchemy import func, select

from certification.applications.models import Application
from certification.applications.steps import take_step
from certification.applications.workflow import ApplicationState
from certification.notices.calendar import last_day
from certification.notices.models import PublicNotice
from certification.notices.workflow import NOTICE, NoticeState
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional


@transactional
def open_notice(application_id: int, actor_id: int) -> int:
    """Put the notice up today, in village, town and county at once; returns its id."""
    application = db.session.get_one(Application, application_id)
    earlier = db.session.scalar(select(func.count()).where(PublicNotice.application_id == application_id))
    today = clock.today()
    notice = PublicNotice(
        application_id=application.id,
        round=(earlier or 0) + 1,
        region_code=application.region_code,
        state=NOTICE.initial,
        starts_on=today,
        ends_on=last_day(today),
        opened_at=clock.now(),
    )
    db.session.add(notice)
    application.deadline_on = notice.ends_on
    db.session.flush()
    audit.record(actor_id, "notices.open", "public_notice", notice.id, {"application": application.id})
    return notice.id


def close_due_notices() -> int:
    """The job: close every notice whose last day is over and hand its application to the city; returns how many.

    Each in a transaction of its own, so that one that fails holds up no other. May run twice without harm.
    """
    due = db.session.scalars(
        select(PublicNotice.id)
        .where(PublicNotice.state == NoticeState.OPEN, PublicNotice.ends_on < clock.today())
        .order_by(PublicNotice.id)
    ).all()
    return sum(_close(notice_id) for notice_id in due)


@transactional
def _close(notice_id: int) -> bool:
    notice = db.session.get_one(PublicNotice, notice_id)
    if notice.state is not NoticeState.OPEN:
        return False
    notice.state = NOTICE.next(notice.state, "close")
    notice.closed_at = clock.now()
    audit.record(None, "notices.close", "public_notice", notice.id)
    application = db.session.get_one(Application, notice.application_id)
    if application.state is ApplicationState.PUBLIC_NOTICE:
        take_step(application, "close_notice", None, "公示期满，无异议")
    return True
