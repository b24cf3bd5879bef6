"""Reading suppliers: who they are, their papers and what is missing for admission.

What other rooms ask about households is here by name; the rest of it is in ``household_queries``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.accounts.models import Role, RoleAssignment, ScopeKind
from marketplace.kernel import clock
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.household_queries import (
    HouseholdCard,
    find_household_by_id_number,
    household_card,
    household_cards,
    is_linked,
    suppliers_of_household,
)
from marketplace.parties.models import PilotHousehold, Supplier, SupplierRequirement
from marketplace.parties.paper_queries import PaperFacts, get_paper, papers_of
from marketplace.parties.requirement_rules import AdmissionFacts, Need, Said, checklist
from marketplace.parties.rules import SPONSOR_KINDS, HouseholdStatus, SupplierKind, compact, mask_id_number
from marketplace.parties.standing_rules import Verification, verification
from marketplace.parties.supplier_parameters import VERIFY_AHEAD_DAYS
from marketplace.parties.workflow import SupplierState
from marketplace.presentation import mask_mobile, mask_name
from marketplace.regions.queries import get_region, within

__all__ = [
    "HouseholdCard",
    "PaperFacts",
    "find_household_by_id_number",
    "get_paper",
    "household_card",
    "household_cards",
    "is_linked",
    "papers_of",
    "suppliers_of_household",
]

_MEMBER_ROLES = (Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF)


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """A supplier without personal data. ``uscc`` None for a pilot household (or a draft)."""

    id: int
    kind: SupplierKind
    state: SupplierState
    name: str
    uscc: str | None
    village_code: str
    sponsor_id: int | None
    sponsor_agreed_at: datetime | None
    household_id: int | None
    story: str
    return_reason: str | None
    created_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    verified_on: date | None
    verify_due_on: date | None
    reattested_at: datetime | None
    public_phone: str

    @property
    def verification(self) -> Verification:
        """Where the regular look at an admitted supplier's facts stands."""
        return verification(
            self.verify_due_on,
            is_confirmed=self.reattested_at is not None,
            today=clock.today(),
            ahead_days=VERIFY_AHEAD_DAYS.get(),
        )

    @property
    def is_pilot(self) -> bool:
        return self.kind is SupplierKind.PILOT_HOUSEHOLD


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """How to reach and pay a supplier: in clear, for its own members and the admin who checks it."""

    contact_name: str
    contact_mobile: str
    bank_name: str
    bank_account_name: str
    bank_account: str

    @property
    def masked_name(self) -> str:
        return mask_name(self.contact_name)

    @property
    def masked_mobile(self) -> str:
        return mask_mobile(self.contact_mobile)


_FACTS = columns_of(Supplier, SupplierFacts)


def _suppliers_where(*criteria: ColumnElement[bool]) -> list[SupplierFacts]:
    return [_facts(row) for row in db.session.execute(select(*_FACTS).where(*criteria).order_by(Supplier.id))]


def _facts(row: Sequence[Any]) -> SupplierFacts:
    """A row of ``_FACTS``: too many columns for their types to be told apart."""
    return SupplierFacts(*row)


#: Names of their own, so that the criterion fits into any query; made once, for each has all columns.
_SELLER, _SPONSOR = aliased(Supplier), aliased(Supplier)


def admitted_clause(
    supplier_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
) -> ColumnElement[bool]:
    """Whether the supplier of a row, and its sponsor where it has one, may sell: admitted and not suspended."""
    return (
        select(_SELLER.id)
        .outerjoin(_SPONSOR, _SPONSOR.id == _SELLER.sponsor_id)
        .where(
            _SELLER.id == supplier_id,
            _SELLER.state == SupplierState.APPROVED,
            or_(_SELLER.sponsor_id.is_(None), _SPONSOR.state == SupplierState.APPROVED),
        )
        .exists()
    )


def public_phone_of(sponsor: type[Supplier]) -> ColumnElement[str]:
    """What a supplier, or else its sponsor (joined under this name), published for buyers to call; or empty."""
    return func.coalesce(func.nullif(Supplier.public_phone, ""), sponsor.public_phone, "")


def find_supplier(supplier_id: int) -> SupplierFacts | None:
    return next(iter(_suppliers_where(Supplier.id == supplier_id)), None)


def get_supplier(supplier_id: int) -> SupplierFacts:
    """Raises NotFound."""
    found = find_supplier(supplier_id)
    if found is None:
        raise NotFound
    return found


def suppliers_by_id(supplier_ids: Iterable[int]) -> dict[int, SupplierFacts]:
    """For list pages; unknown ids are left out."""
    return {found.id: found for found in _suppliers_where(Supplier.id.in_(set(supplier_ids)))}


def supplier_names(supplier_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, for list pages; unknown ids are left out."""
    wanted = set(supplier_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(Supplier.id, Supplier.name).where(Supplier.id.in_(wanted)))
    return dict(rows.all())


def get_contact(supplier_id: int) -> ContactFacts:
    """Contact and bank account in clear: only for pages of its members and of who admits it. Raises NotFound."""
    row = db.session.execute(
        select(
            Supplier.contact_name,
            Supplier.contact_mobile,
            Supplier.bank_name,
            Supplier.bank_account_name,
            Supplier.bank_account,
        ).where(Supplier.id == supplier_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return ContactFacts(row[0], row[1], row[2] or "", row[3] or "", row[4] or "")


def is_member(user_id: int, supplier_id: int) -> bool:
    """Whether a person belongs to a supplier now: such a person decides nothing about it."""
    return user_id in members_of(supplier_id)


def members_of(supplier_id: int, *roles: Role) -> set[int]:
    """Users with a role in this supplier, by default any."""
    return set(
        db.session.scalars(
            select(RoleAssignment.user_id).where(
                RoleAssignment.scope_kind == ScopeKind.SUPPLIER,
                RoleAssignment.scope_id == str(supplier_id),
                RoleAssignment.role.in_(roles or _MEMBER_ROLES),
                RoleAssignment.revoked_at.is_(None),
            )
        )
    )


def admission_facts(supplier: SupplierFacts) -> AdmissionFacts:
    """What the rules ask about; three queries for a pilot, two for others."""
    contact = get_contact(supplier.id)
    return AdmissionFacts(
        kind=supplier.kind,
        has_uscc=bool(supplier.uscc),
        has_bank=bool(contact.bank_account and contact.bank_name and contact.bank_account_name),
        papers=[(paper.kind, paper.expires_on) for paper in papers_of(supplier.id)],
        has_household=supplier.household_id is not None
        or (supplier.is_pilot and said_household(supplier.id) is not None),
        has_sponsor=supplier.sponsor_id is not None,
        sponsor_agreed=supplier.sponsor_agreed_at is not None,
    )


def said_of(supplier_id: int) -> dict[str, Said]:
    """What was said last about each requirement, by its code."""
    rows = db.session.execute(
        select(
            SupplierRequirement.code,
            SupplierRequirement.state,
            SupplierRequirement.reason,
            SupplierRequirement.by,
        ).where(SupplierRequirement.supplier_id == supplier_id)
    )
    return {code: Said(state, reason, by) for code, state, reason, by in rows}


def needs_of(supplier: SupplierFacts) -> list[Need]:
    """The checklist of admission, as it stands today."""
    return checklist(admission_facts(supplier), said_of(supplier.id), clock.today())


@dataclass(frozen=True, slots=True)
class SaidHousehold:
    """The household a pilot says it is, before anybody held it against the register; masked."""

    village_code: str
    head: str
    id_number: str
    people: int
    status: HouseholdStatus
    said_at: datetime


def said_household(supplier_id: int) -> SaidHousehold | None:
    """None when the pilot named none yet, or when it is confirmed."""
    row = db.session.get(PilotHousehold, supplier_id)
    return None if row is None else masked_household(row)


def masked_household(row: PilotHousehold) -> SaidHousehold:
    return SaidHousehold(
        row.village_code,
        mask_name(row.head_name),
        mask_id_number(row.id_number),
        row.people,
        row.status,
        row.said_at,
    )


def possible_sponsors(county_code: str, except_id: int) -> list[tuple[int, str]]:
    """(id, name) of admitted cooperatives and collectives with a licence in the same county."""
    rows = db.session.execute(
        select(Supplier.id, Supplier.name)
        .where(
            Supplier.state == SupplierState.APPROVED,
            Supplier.kind.in_(SPONSOR_KINDS),
            Supplier.uscc.is_not(None),
            Supplier.id != except_id,
            within(Supplier.village_code, get_region(county_code)),
        )
        .order_by(Supplier.name)
    )
    return list(rows.all())


def sponsored_by(supplier_id: int) -> list[SupplierFacts]:
    """Pilot households that name this supplier as their sponsor, waiting ones first."""
    found = _suppliers_where(Supplier.sponsor_id == supplier_id)
    return sorted(found, key=lambda pilot: (pilot.sponsor_agreed_at is not None, pilot.id))


def count_by_state() -> dict[SupplierState, int]:
    rows = db.session.execute(select(Supplier.state, func.count()).group_by(Supplier.state))
    return dict(rows.all())


def oldest_submission() -> datetime | None:
    """When the supplier that waits longest for admission was submitted."""
    return db.session.scalar(
        select(func.min(Supplier.submitted_at)).where(Supplier.state == SupplierState.SUBMITTED)
    )


def _due_clause(due: Verification) -> ColumnElement[bool]:
    """As ``standing_rules.verification`` says, of admitted suppliers."""
    today = clock.today()
    ahead = today + timedelta(days=VERIFY_AHEAD_DAYS.get())
    confirmed = Supplier.reattested_at.is_not(None)
    ends = Supplier.verify_due_on
    standing = {
        Verification.CONFIRMED: confirmed,
        Verification.OVERDUE: and_(~confirmed, or_(ends.is_(None), ends < today)),
        Verification.SOON: and_(~confirmed, ends.between(today, ahead)),
        Verification.FAR: and_(~confirmed, ends > ahead),
    }[due]
    return and_(Supplier.state == SupplierState.APPROVED, standing)


def count_by_verification() -> dict[Verification, int]:
    """One query."""
    row = db.session.execute(
        select(*(func.count().filter(_due_clause(due)) for due in Verification)).select_from(Supplier)
    ).one()
    return dict(zip(Verification, row, strict=True))


def suppliers_page(
    *,
    page: int,
    states: Collection[SupplierState] = (),
    kind: SupplierKind | None = None,
    text: str = "",
    region_code: str = "",
    due: Verification | None = None,
) -> Page[SupplierFacts]:
    """Suppliers for the people who admit them; ``text`` matches a part of the name or the start of the licence. With
    ``due`` those whose regular verification stands so, the longest waiting first."""
    criteria: list[ColumnElement[bool]] = [] if due is None else [_due_clause(due)]
    if states:
        criteria.append(Supplier.state.in_(states))
    if kind is not None:
        criteria.append(Supplier.kind == kind)
    if text:
        criteria.append(
            Supplier.name.contains(text, autoescape=True)
            | Supplier.uscc.startswith(text.upper(), autoescape=True)
        )
    if region_code:
        criteria.append(within(Supplier.village_code, get_region(region_code)))
    total = db.session.scalar(select(func.count()).select_from(Supplier).where(*criteria)) or 0
    rows = db.session.execute(
        select(*_FACTS)
        .where(*criteria)
        .order_by(
            *([] if due is None else [Supplier.verify_due_on]),
            Supplier.submitted_at.is_(None),
            Supplier.submitted_at.desc(),
            Supplier.id.desc(),
        )
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([_facts(row) for row in rows], page, total)


def find_supplier_by_uscc(text: str) -> int | None:
    """A supplier by its licence number; a pilot, which has none, by its id."""
    wanted = compact(text)
    by_id = Supplier.id == int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    return db.session.scalar(select(Supplier.id).where(Supplier.uscc == wanted if by_id is None else by_id))
