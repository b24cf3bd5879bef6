"""A supplier's papers: handed in, renewed, taken out of a draft. What was once looked at is kept for ever."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties.commands import ADMITTED, mended, own_supplier
from marketplace.parties.examination import say
from marketplace.parties.models import Supplier, SupplierPaper
from marketplace.parties.paper_queries import get_paper, papers_of
from marketplace.parties.requirement_rules import Requirement, requirement_for_paper
from marketplace.parties.rules import PaperKind, RequirementState
from marketplace.parties.steps import record_step
from marketplace.parties.workflow import SupplierState

MAX_PAPERS = 30


@dataclass(frozen=True)
class PaperDraft:
    """What the form says. Pictures of a licence need no number: it is the supplier's own."""

    kind: PaperKind
    number: str = ""
    expires_on: date | None = None


def _checked(supplier: Supplier, draft: PaperDraft, requirement: Requirement | None) -> str:
    """The paper's number; raises InvalidInput at the field."""
    number = draft.number.strip()
    if draft.kind is PaperKind.BUSINESS_LICENCE and not number:
        number = supplier.uscc or ""
    if draft.kind is PaperKind.BUSINESS_LICENCE and not number:
        raise InvalidInput("parties.paper_number", field="number")
    if draft.expires_on is not None and draft.expires_on < clock.today():
        raise InvalidInput("parties.paper_expired", field="expires_on")
    if draft.expires_on is None and requirement is not None and requirement.needs_expiry:
        raise InvalidInput("parties.paper_expiry", field="expires_on")
    return number[:60]


@transactional
def add_paper(
    actor: Actor, supplier_id: int, draft: PaperDraft, upload: Upload | None, replaces_id: int | None = None
) -> int:
    """A paper as PDF or picture; also after admission, when ``replaces_id`` names the one it renews.

    Raises InvalidInput at ``kind``, ``number``, ``expires_on`` or ``upload``; nothing is kept then. NotFound for a
    paper of somebody else, Conflict while the supplier is examined or when that one was renewed already.
    """
    supplier = own_supplier(actor, supplier_id)
    if supplier.state is SupplierState.SUBMITTED:
        raise Conflict("parties.not_editable")
    if replaces_id is not None:
        _check_renewal(supplier_id, replaces_id, draft.kind)
    requirement = requirement_for_paper(supplier.kind, draft.kind)
    number = _checked(supplier, draft, requirement)
    in_use = db.session.scalar(
        select(func.count()).select_from(SupplierPaper).where(SupplierPaper.supplier_id == supplier_id)
    )
    if (in_use or 0) >= MAX_PAPERS and replaces_id is None:
        raise Conflict("parties.too_many_papers", field="upload", maximum=MAX_PAPERS)
    paper = SupplierPaper(
        supplier_id=supplier_id,
        kind=draft.kind,
        media_id=_stored(actor, upload),
        number=number,
        expires_on=draft.expires_on,
        uploaded_at=clock.now(),
        replaces_id=replaces_id,
    )
    db.session.add(paper)
    db.session.flush()
    if requirement is not None:
        say(actor, supplier_id, requirement.code, RequirementState.ATTESTED)
    audit.record(actor.user_id, "suppliers.paper_add", "supplier", supplier_id, {"paper": paper.id})
    if supplier.state in ADMITTED:
        _tell_of_new(supplier, draft.kind, actor)
    return paper.id


def _stored(actor: Actor, upload: Upload | None) -> int:
    if upload is None or not upload.filename:
        raise InvalidInput("upload.empty", field="upload")
    with at_field("upload"):
        return store_document(upload, actor.user_id).id


def _check_renewal(supplier_id: int, replaces_id: int, kind: PaperKind) -> None:
    old = get_paper(supplier_id, replaces_id)
    if old.kind is not kind:
        raise InvalidInput("parties.paper_other_kind", field="kind")
    if old.id not in {paper.id for paper in papers_of(supplier_id)}:
        raise Conflict("parties.paper_renewed")


def _tell_of_new(supplier: Supplier, kind: PaperKind, actor: Actor) -> None:
    record_step(supplier.id, "paper", actor.user_id, kind.label)
    tell(
        Topic.ADMISSION,
        holders([Role.ADMIN], ScopeKind.PLATFORM, [""]),
        f"{supplier.name}传了新的{kind.label}",
        "看一眼，没问题就标为已核实。",
        endpoint="backoffice.supplier",
        params={"supplier_id": supplier.id},
    )


@transactional
def remove_paper(actor: Actor, supplier_id: int, paper_id: int) -> None:
    """Take a paper out of a draft; what admission rested on, and what was renewed, stays. Raises NotFound and
    Conflict."""
    paper = get_paper(supplier_id, paper_id)
    supplier = own_supplier(actor, supplier_id, editable=True)
    if paper_id not in {each.id for each in papers_of(supplier_id)}:
        raise Conflict("parties.paper_renewed")
    db.session.delete(db.session.get_one(SupplierPaper, paper_id))
    requirement = requirement_for_paper(supplier.kind, paper.kind)
    if requirement is not None:
        mended(actor, supplier_id, requirement.code)
    audit.record(actor.user_id, "suppliers.paper_remove", "supplier", supplier_id, {"paper": paper_id})
