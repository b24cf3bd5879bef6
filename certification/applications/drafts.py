"""What an applicant writes while an application is a draft or was returned: the steps of the form, and the evidence."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from certification.applications.models import Application, ApplicationEvidence
from certification.applications.queries import get_own
from certification.applications.rules import (
    EDITABLE,
    PRODUCT_WORDS,
    ApplicationKind,
    EvidenceKind,
    changed_words,
)
from certification.linkage.models import LinkageAgreement
from certification.products.models import DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Upload, store_document, store_picture
from marketplace.kernel.transaction import transactional

MAX_EVIDENCE = 40
_TEXT_LIMITS = {"package": 80, "yearly_capacity": 60, "description": 2000, "price_reason": 1000}
_CONTENT = (
    "agreement_id",
    "package",
    "yearly_capacity",
    "description",
    "product_changes",
    "price_fen",
    "price_reason",
    "reference_prices",
    "promised_households",
    "promised_income_fen",
    "pledged",
)


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What the form says; None leaves a field as it is. Amounts in fen, ``references`` as (source, fen).

    ``product_words`` are what the product is to be called from the new version on: only a change has them.
    """

    agreement_id: int | None = None
    package: str | None = None
    yearly_capacity: str | None = None
    description: str | None = None
    product_words: Mapping[str, str] | None = None
    price_fen: int | None = None
    price_reason: str | None = None
    references: Sequence[tuple[str, int]] | None = None
    promised_households: int | None = None
    promised_income_fen: int | None = None
    pledged: bool | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a form was filled in upon: these fields, as ``stamp_of`` gave them when the page was made."""

    names: Sequence[str]
    stamp: str


def stamp_of(application: Application, names: Sequence[str]) -> str:
    """A short digest of what these fields hold now; another one as soon as any of them changes."""
    held = [_held(application, name) for name in names]
    return hashlib.sha256(json.dumps(held, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


@transactional
def save_draft(actor: Actor, application_id: int, facts: DraftFacts, *, seen: Seen | None = None) -> None:
    """Keep what was typed; nothing is required yet. A sponsor's signature is for what it saw: it falls with a change.

    Raises NotFound, Conflict when it is being reviewed, InvalidInput for an agreement of another product, and Conflict
    ``applications.changed_elsewhere`` where another window has changed what this one was filled in upon, and not to
    the same.
    """
    application = editable(actor, application_id)
    db.session.refresh(application, with_for_update=True)
    overtaken = seen is not None and stamp_of(application, seen.names) != seen.stamp
    if facts.agreement_id is not None:
        agreement = db.session.get(LinkageAgreement, facts.agreement_id)
        if agreement is None or agreement.product_id != application.product_id:
            raise InvalidInput("applications.agreement", field="agreement_id")
    if facts.price_fen == 0:
        raise InvalidInput("money.not_an_amount", field="price_fen")
    before = [_held(application, name) for name in _CONTENT]
    _fill(application, facts)
    if facts.pledged is not None and facts.pledged != (application.pledged_at is not None):
        application.pledged_at = clock.now() if facts.pledged else None
    if [_held(application, name) for name in _CONTENT] == before:
        return
    if overtaken:
        raise Conflict("applications.changed_elsewhere")
    unsign(application)


@transactional
def add_evidence(
    actor: Actor, application_id: int, kind: EvidenceKind, uploads: Sequence[Upload], title: str = ""
) -> list[int]:
    """Papers (PDF or picture, private) or product pictures (public) of one kind, all or none; returns their ids.

    Raises InvalidInput at ``file``, naming the one that cannot be taken as ``filename``.
    """
    application = editable(actor, application_id)
    if not uploads:
        raise InvalidInput("applications.file", field="file")
    have = db.session.scalar(select(func.count()).where(ApplicationEvidence.application_id == application.id))
    if (have or 0) + len(uploads) > MAX_EVIDENCE:
        raise InvalidInput("applications.too_much_evidence", field="file", maximum=MAX_EVIDENCE)
    store = store_picture if kind is EvidenceKind.PRODUCT_PICTURE else store_document
    rows = []
    for upload in uploads:
        try:
            media = store(upload, actor.user_id)
        except InvalidInput as error:
            named = {**error.params, "filename": upload.filename or ""}
            raise InvalidInput(error.code, field="file", **named) from error
        rows.append(
            ApplicationEvidence(
                application_id=application.id,
                kind=kind,
                media_id=media.id,
                title=title.strip()[:80],
                added_at=clock.now(),
            )
        )
    db.session.add_all(rows)
    unsign(application)
    db.session.flush()
    return [row.id for row in rows]


@transactional
def remove_evidence(actor: Actor, application_id: int, evidence_id: int) -> None:
    application = editable(actor, application_id)
    removed = db.session.execute(
        delete(ApplicationEvidence).where(
            ApplicationEvidence.id == evidence_id, ApplicationEvidence.application_id == application.id
        )
    )
    if not getattr(removed, "rowcount", 0):
        raise NotFound
    audit.record(actor.user_id, "applications.remove_evidence", "application", application.id)
    unsign(application)


def editable(actor: Actor, application_id: int) -> Application:
    application = get_own(actor, application_id)
    if application.state not in EDITABLE:
        raise Conflict("applications.not_editable")
    return application


def unsign(application: Application) -> None:
    application.sponsor_signed_at = None
    application.sponsor_signed_by = None


def _held(application: Application, name: str) -> Any:
    return application.pledged_at is not None if name == "pledged" else getattr(application, name)


def _fill(application: Application, facts: DraftFacts) -> None:
    for name in ("agreement_id", "price_fen", "promised_households", "promised_income_fen"):
        if getattr(facts, name) is not None:
            setattr(application, name, getattr(facts, name))
    for name, limit in _TEXT_LIMITS.items():
        if getattr(facts, name) is not None:
            setattr(application, name, getattr(facts, name).strip()[:limit])
    if facts.references is not None:
        application.reference_prices = [
            {"source": source.strip()[:120], "price_fen": fen} for source, fen in facts.references[:5]
        ]
    if facts.product_words is not None and application.kind is ApplicationKind.CHANGE:
        application.product_changes = _proposed(application, facts.product_words)


def _proposed(application: Application, words: Mapping[str, str]) -> dict[str, str]:
    """Only what differs from the product as it is. Raises InvalidInput where it would have no name."""
    product = db.session.get_one(DeclaredProduct, application.product_id)
    if "name" in words and not words["name"].strip():
        raise InvalidInput("products.name", field="name")
    return changed_words({name: getattr(product, name) for name in PRODUCT_WORDS}, words)
