"""The versions under one number and what happened to each: for the public page, the officials and the holder."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from certification.certificates.facts import differences
from certification.certificates.models import Certificate, CertificateStep
from certification.certificates.rules import StopCause
from certification.certificates.words import ACTION_WORDS, CAUSE_WORDS
from certification.certificates.workflow import CertificateState
from marketplace.accounts.queries import display_names
from marketplace.kernel.clock import local_date
from marketplace.kernel.db import db
from marketplace.kernel.money import format_yuan
from marketplace.presentation import TimelineItem, date_cn, datetime_cn

#: changes anybody may read about; superseding says nothing that the next version does not
_PUBLIC = frozenset({"issue", "suspend", "reinstate", "revoke", "expire"})


@dataclass(frozen=True, slots=True)
class StepRow:
    certificate_id: int
    version: int
    action: str
    to_state: CertificateState
    cause: StopCause | None
    reason: str
    finding_id: int | None
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """``changes``: what it says otherwise than the version before, as (label, before, after) in words."""

    id: int
    version: int
    state: CertificateState
    issued_at: datetime
    valid_from: date
    valid_until: date
    changes: list[tuple[str, str, str]]


def versions_of(number: str) -> list[VersionRow]:
    """Newest first. One query."""
    rows = db.session.execute(
        select(
            Certificate.id,
            Certificate.version,
            Certificate.state,
            Certificate.issued_at,
            Certificate.valid_from,
            Certificate.valid_until,
            Certificate.facts,
        )
        .where(Certificate.number == number)
        .order_by(Certificate.version)
    ).all()
    found: list[VersionRow] = []
    before: dict[str, Any] | None = None
    for row in rows:
        changes = [] if before is None else _in_words(before, row.facts)
        found.append(
            VersionRow(
                row.id, row.version, row.state, row.issued_at, row.valid_from, row.valid_until, changes
            )
        )
        before = row.facts
    return found[::-1]


def _in_words(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (label, _word(code, old), _word(code, new)) for label, old, new, code in differences(before, after)
    ]


def _word(code: str, value: Any) -> str:
    if value in (None, "", []):
        return "没有"
    if code.endswith("_fen"):
        return format_yuan(int(value))
    return "；".join(value) if isinstance(value, list) else str(value)


def steps_of_certificates(certificate_ids: Collection[int]) -> list[StepRow]:
    """Every change of these versions, oldest first. Two queries."""
    rows = db.session.execute(
        select(CertificateStep, Certificate.version)
        .join(Certificate, Certificate.id == CertificateStep.certificate_id)
        .where(CertificateStep.certificate_id.in_(certificate_ids))
        .order_by(CertificateStep.id)
    ).all()
    names = display_names({step.actor_id for step, _ in rows if step.actor_id is not None})
    return [
        StepRow(
            step.certificate_id,
            version,
            step.action,
            step.to_state,
            step.cause,
            step.reason,
            step.finding_id,
            names.get(step.actor_id or 0, "系统"),
            step.at,
        )
        for step, version in rows
    ]


def public_steps(steps: Collection[StepRow]) -> list[StepRow]:
    return [step for step in steps if step.action in _PUBLIC]


def timeline(steps: Collection[StepRow], *, public: bool) -> list[TimelineItem]:
    """Newest first; who did it is not for the public page."""
    return [
        TimelineItem(
            title=f"{ACTION_WORDS.get(step.action, step.action)}{_cause(step)}",
            when=date_cn(local_date(step.at)) if public else datetime_cn(step.at),
            text=f"第 {step.version} 版" if public else f"第 {step.version} 版 · {step.actor_name}",
            said=step.reason,
            tone="now" if step.action in {"suspend", "revoke"} else "",
        )
        for step in reversed(list(steps))
        if not public or step.action in _PUBLIC
    ]


def _cause(step: StepRow) -> str:
    return f"（{CAUSE_WORDS[step.cause]}）" if step.cause else ""
