"""A long import as a row people can watch: checked by the worker, with progress, applied whole or not at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import JSON, CheckConstraint, String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, outbox, waiting_files
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base, db
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.transaction import transaction, transactional

TOPIC = "imports.run"
_KEY = "kernel.import_runs"
#: of a long plan so much is kept for the page; a list of bad cells is kept whole up to the second
SHOWN_ROWS, KEPT_ERRORS = 50, 5000
PROGRESS_EVERY = 250
#: the world moved between looking and writing: what the file would do now is shown, for another decision
MOVED = frozenset({"imports.seen_other", "imports.moved_on"})


class RunState(StrEnum):
    WAITING = "waiting"
    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    DROPPED = "dropped"


class ImportRun(Base):
    """``kind`` names what is imported, ``file`` the waiting file. ``done`` of ``total`` rows are through the step that
    runs; ``findings`` are bad cells or, without any, what it would do, with the fingerprint a confirmation quotes."""

    __tablename__ = "import_runs"
    __table_args__ = (CheckConstraint("done >= 0 AND total >= 0", name="progress"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[RunState] = mapped_column(enum_type(RunState))
    file: Mapped[str] = mapped_column(String(40))
    filename: Mapped[str] = mapped_column(String(120), default="")
    scope: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Importer:
    """Both take who imports and the file; ``check`` a progress to call with (done, of all), ``write`` the fingerprint
    of what was seen, and raises Conflict where it would do anything else."""

    check: Callable[[int, bytes, Progress], ImportPlan]
    write: Callable[[int, bytes, str], ImportPlan]


def install(extensions: dict[str, Any], importers: Mapping[str, Importer]) -> None:
    extensions[_KEY] = importers


def _importer(kind: str) -> Importer:
    importers: Mapping[str, Importer] = current_app.extensions[_KEY]
    return importers[kind]


@transactional
def start_run(actor_id: int, kind: str, content: bytes, filename: str | None) -> int:
    """Put the file aside and have it checked by the worker; returns the run's id."""
    waiting = waiting_files.keep(content, filename, actor_id, kind)
    run = ImportRun(
        kind=kind,
        state=RunState.WAITING,
        file=waiting.token,
        filename=waiting.name,
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    outbox.enqueue(TOPIC, {"run_id": run.id})
    return run.id


def get_run(actor_id: int, run_id: int) -> ImportRun:
    """Raises NotFound for another person's."""
    run = db.session.get(ImportRun, run_id)
    if run is None or run.created_by != actor_id:
        raise NotFound
    return run


def _locked(actor_id: int, run_id: int) -> ImportRun:
    """For whoever decides: two windows decide one after the other, each on what the one before has left."""
    query = (
        select(ImportRun).where(ImportRun.id == run_id, ImportRun.created_by == actor_id).with_for_update()
    )
    run = db.session.scalar(query)
    if run is None:
        raise NotFound
    return run


def runs_of(actor_id: int, kind: str, limit: int = 10) -> list[ImportRun]:
    return list(
        db.session.scalars(
            select(ImportRun)
            .where(ImportRun.created_by == actor_id, ImportRun.kind == kind)
            .order_by(ImportRun.id.desc())
            .limit(limit)
        )
    )


@transactional
def confirm_run(actor_id: int, run_id: int, seen: str) -> None:
    """Have a checked file written, whole, as it was ``seen`` (the findings' fingerprint). Raises NotFound, Conflict
    unless it was checked, found clean and is the one that was looked at."""
    run = _locked(actor_id, run_id)
    if run.state is not RunState.CHECKED:
        raise Conflict("imports.not_ready")
    if run.findings.get("fingerprint") != seen:
        raise Conflict("imports.seen_other")
    run.state, run.done, run.error = RunState.APPLYING, 0, None
    outbox.enqueue(TOPIC, {"run_id": run_id})


@transactional
def drop_run(actor_id: int, run_id: int) -> None:
    """Leave it; the file goes at once. Raises NotFound, Conflict while it is worked on."""
    run = _locked(actor_id, run_id)
    if run.state not in {RunState.CHECKED, RunState.REFUSED, RunState.FAILED}:
        raise Conflict("imports.not_ready")
    run.state, run.finished_at = RunState.DROPPED, clock.now()
    _forget_file(run)


def handle(payload: dict[str, Any]) -> None:
    """The worker: check what waits, write what was confirmed. Taken twice, a step that is over is passed by."""
    run = db.session.get(ImportRun, int(payload["run_id"]))
    if run is None:
        return
    db.session.rollback()
    if run.state in {RunState.WAITING, RunState.CHECKING}:
        _check(run.id)
    elif run.state is RunState.APPLYING:
        _write(run.id)


def _check(run_id: int) -> None:
    _set(run_id, state=RunState.CHECKING, done=0)
    run = db.session.get_one(ImportRun, run_id)

    def progress(done: int, total: int) -> None:
        if done % PROGRESS_EVERY == 0 or done == total:
            _set(run_id, done=done, total=total)

    try:
        content = waiting_files.read(run.file, run.created_by, run.kind).content
        plan = _importer(run.kind).check(run.created_by, content, progress)
    except DomainError as error:
        db.session.rollback()
        _set(run_id, state=RunState.FAILED, error=error.code, finished_at=clock.now())
        return
    db.session.rollback()
    state = RunState.REFUSED if plan.errors else RunState.CHECKED
    _set(run_id, state=state, findings=_findings(plan), finished_at=clock.now())


def _write(run_id: int) -> None:
    run = db.session.get_one(ImportRun, run_id)
    try:
        content = waiting_files.read(run.file, run.created_by, run.kind).content
        plan = _importer(run.kind).write(run.created_by, content, run.findings["fingerprint"])
    except DomainError as error:
        db.session.rollback()
        if error.code in MOVED:
            _set(run_id, error=error.code)
            _check(run_id)
        else:
            _set(run_id, state=RunState.FAILED, error=error.code, finished_at=clock.now())
        return
    _set(run_id, state=RunState.APPLIED, findings=_findings(plan), finished_at=clock.now())
    _forget_file(db.session.get_one(ImportRun, run_id))
    db.session.rollback()


def _forget_file(run: ImportRun) -> None:
    try:
        waiting = waiting_files.read(run.file, run.created_by, run.kind)
    except NotFound:
        return
    waiting_files.drop(waiting, run.created_by, run.kind)


def _findings(plan: ImportPlan) -> dict[str, Any]:
    return {
        "new": len(plan.new),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "new_rows": [[row.row, row.title] for row in plan.new[:SHOWN_ROWS]],
        "changed_rows": [
            [row.row, row.title, [[each.label, each.old, each.new] for each in row.changes]]
            for row in plan.changed[:SHOWN_ROWS]
        ],
        "errors": [[error.row, error.column, error.text] for error in plan.errors[:KEPT_ERRORS]],
        "error_count": len(plan.errors),
        "unread": plan.unread[:SHOWN_ROWS],
        "fingerprint": plan.fingerprint,
    }


def _set(run_id: int, **values: object) -> None:
    with transaction() as session:
        session.execute(update(ImportRun).where(ImportRun.id == run_id).values(**values))
    db.session.expire_all()
