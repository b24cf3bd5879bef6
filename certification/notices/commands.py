"""Putting a notice up, stopping its clock, and taking it down when its working days are over."""

from sqlalchemy import func, select

from certification.applications.models import Application
from certification.applications.steps import take_step
from certification.applications.workflow import ApplicationState
from certification.notices.calendar import days_left_on, last_day, resumed_last_day
from certification.notices.models import PublicNotice
from certification.notices.workflow import NOTICE, NoticeState
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.regions.rules import county_code_of


@transactional
def open_notice(application_id: int, actor_id: int) -> int:
    """Put the notice up today, in village, town and county at once; returns its id.

    What a county puts up on one day is one batch.
    """
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
        batch=_batch_of(application.region_code),
    )
    db.session.add(notice)
    application.deadline_on = notice.ends_on
    db.session.flush()
    audit.record(actor_id, "notices.open", "public_notice", notice.id, {"application": application.id})
    return notice.id


def _batch_of(region_code: str) -> str:
    today, county = clock.today(), county_code_of(region_code)
    prefix = f"{county[:6]}-{today.year}-"
    same_day = db.session.scalar(
        select(PublicNotice.batch)
        .where(PublicNotice.batch.startswith(prefix), PublicNotice.starts_on == today)
        .limit(1)
    )
    return same_day or f"{prefix}{next_number(f'notices.{prefix}'):03d}"


def locked_notice(notice_id: int) -> PublicNotice:
    """For a change of its clock: closing and objecting wait for each other."""
    return db.session.scalars(
        select(PublicNotice)
        .where(PublicNotice.id == notice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def pause(notice: PublicNotice, application: Application, actor_id: int | None) -> None:
    """Stop the clock; a stopped one stays as it is. Part of the caller's transaction, which has locked the notice."""
    if notice.state is NoticeState.PAUSED:
        return
    notice.state = NOTICE.next(notice.state, "pause")
    notice.days_left = days_left_on(clock.today(), notice.resumed_on or notice.starts_on, notice.ends_on)
    notice.paused_on = clock.today()
    application.deadline_on = None
    audit.record(actor_id, "notices.pause", "public_notice", notice.id, {"days_left": notice.days_left})
    db.session.flush()


def resume(notice: PublicNotice, application: Application, actor_id: int | None) -> None:
    """Let it hang for the days that were left."""
    notice.state = NOTICE.next(notice.state, "resume")
    notice.ends_on = resumed_last_day(clock.today(), notice.days_left or 0)
    notice.days_left = notice.paused_on = None
    notice.resumed_on = clock.today()
    application.deadline_on = notice.ends_on
    audit.record(
        actor_id, "notices.resume", "public_notice", notice.id, {"ends_on": f"{notice.ends_on:%Y-%m-%d}"}
    )
    db.session.flush()


def take_down(notice: PublicNotice, actor_id: int | None) -> None:
    notice.state = NOTICE.next(notice.state, "close")
    notice.days_left = None
    notice.closed_at = clock.now()
    audit.record(actor_id, "notices.close", "public_notice", notice.id)
    db.session.flush()


def close_due_notices() -> int:
    """The job: close every notice whose last day is over and hand its application to the city; returns how many.

    A stopped one waits for its objections. Each in a transaction of its own, so that one that fails holds up no other.
    May run twice without harm.
    """
    due = db.session.scalars(
        select(PublicNotice.id)
        .where(PublicNotice.state == NoticeState.OPEN, PublicNotice.ends_on < clock.today())
        .order_by(PublicNotice.id)
    ).all()
    return sum(_close(notice_id) for notice_id in due)


@transactional
def _close(notice_id: int) -> bool:
    notice = locked_notice(notice_id)
    if notice.state is not NoticeState.OPEN or notice.ends_on >= clock.today():
        return False
    take_down(notice, None)
    application = db.session.get_one(Application, notice.application_id)
    if application.state is ApplicationState.PUBLIC_NOTICE:
        take_step(application, "close_notice", None, "公示期满，无异议成立")
    return True
