"""Reading households. Cards are masked; the one way to read in clear is the audited command."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.kernel import crypto
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Household, HouseholdStatusChange, Supplier, SupplierHousehold
from marketplace.parties.rules import HouseholdStatus, mask_account, mask_id_number
from marketplace.presentation import mask_mobile, mask_name
from marketplace.regions.queries import RegionRow, names_of, within

DIGEST_PURPOSE = "household-id"


def id_digest(id_number: str) -> str:
    """The keyed digest a household is found by, of a checked identity number."""
    return crypto.lookup_digest(DIGEST_PURPOSE, id_number)


@dataclass(frozen=True, slots=True)
class HouseholdCard:
    """A household as pages show it: every personal field masked."""

    id: int
    code: str
    village_code: str
    head: str
    people: int
    status: HouseholdStatus
    id_number: str
    mobile: str
    bank: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StatusChange:
    status: HouseholdStatus
    valid_from: date
    recorded_at: datetime
    recorded_by: int | None


_COLUMNS = (
    Household.id,
    Household.code,
    Household.village_code,
    Household.head_name,
    Household.people,
    Household.status,
    Household.id_number,
    Household.mobile,
    Household.bank_name,
    Household.bank_account,
    Household.created_at,
)


def card_select() -> Select[*tuple[Any, ...]]:
    """The columns of ``card_of``."""
    return select(*_COLUMNS)


def card_of(row: Any) -> HouseholdCard:
    """A masked card of a row of ``card_select``."""
    number, code, village, head, people, status, id_number, mobile, bank_name, account, created_at = row
    bank = f"{bank_name or ''} {mask_account(account)}".strip()
    return HouseholdCard(
        id=number,
        code=code,
        village_code=village,
        head=mask_name(head),
        people=people,
        status=status,
        id_number=mask_id_number(id_number),
        mobile=mask_mobile(mobile),
        bank=bank,
        created_at=created_at,
    )


def card_of_loaded(household: Household) -> HouseholdCard:
    """The masked card of one that was read already."""
    return card_of([getattr(household, column.key) for column in _COLUMNS])


def find_household_by_id_number(id_number: str) -> int | None:
    """The household whose head has this checked identity number, or None."""
    return db.session.scalar(select(Household.id).where(Household.id_digest == id_digest(id_number)))


def household_cards(household_ids: Iterable[int]) -> dict[int, HouseholdCard]:
    """Masked cards by id; whoever shows them has checked the scope."""
    wanted = set(household_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(*_COLUMNS).where(Household.id.in_(wanted)))
    return {row[0]: card_of(row) for row in rows}


def household_codes(household_ids: Iterable[int]) -> dict[int, str]:
    """What households are called where nothing else of them is to be seen."""
    wanted = set(household_ids)
    if not wanted:
        return {}
    return dict(
        db.session.execute(select(Household.id, Household.code).where(Household.id.in_(wanted))).all()
    )


def household_card(household_id: int) -> HouseholdCard:
    """Raises NotFound."""
    found = household_cards([household_id])
    if household_id not in found:
        raise NotFound
    return found[household_id]


def is_linked(supplier_id: int, household_id: int) -> bool:
    """Whether the supplier works with the household and so may see it."""
    return (
        db.session.scalar(
            select(SupplierHousehold.id).where(
                SupplierHousehold.supplier_id == supplier_id, SupplierHousehold.household_id == household_id
            )
        )
        is not None
    )


def linked_card(supplier_id: int, household_id: int) -> HouseholdCard:
    """A household of this supplier, masked; raises NotFound for a foreign one."""
    if not is_linked(supplier_id, household_id):
        raise NotFound
    return household_card(household_id)


def households_of(supplier_id: int) -> list[HouseholdCard]:
    """All households of a supplier by code, for choosing in forms."""
    rows = db.session.execute(select(*_COLUMNS).where(*_linked_to(supplier_id)).order_by(Household.code))
    return [card_of(row) for row in rows]


def _linked_to(supplier_id: int) -> list[ColumnElement[bool]]:
    mine = select(SupplierHousehold.household_id).where(SupplierHousehold.supplier_id == supplier_id)
    return [Household.id.in_(mine)]


def households_page(
    supplier_id: int,
    *,
    page: int,
    text: str = "",
    status: HouseholdStatus | None = None,
    region: RegionRow | None = None,
) -> Page[HouseholdCard]:
    """The supplier's households. ``text`` is a part of the code or of the village's name: names are encrypted."""
    criteria = _linked_to(supplier_id)
    if status is not None:
        criteria.append(Household.status == status)
    if region is not None:
        criteria.append(within(Household.village_code, region))
    if text:
        named = [code for code, name in names_of(villages_of(supplier_id)).items() if text in name]
        criteria.append(Household.code.contains(text, autoescape=True) | Household.village_code.in_(named))
    total = db.session.scalar(select(func.count()).select_from(Household).where(*criteria)) or 0
    rows = db.session.execute(
        select(*_COLUMNS).where(*criteria).order_by(Household.code).limit(PAGE_SIZE).offset(offset_of(page))
    )
    return Page([card_of(row) for row in rows], page, total)


def count_of(supplier_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(SupplierHousehold)
            .where(SupplierHousehold.supplier_id == supplier_id)
        )
        or 0
    )


def villages_of(supplier_id: int) -> list[str]:
    """Codes of the villages its households live in."""
    return sorted(
        db.session.scalars(select(Household.village_code).where(*_linked_to(supplier_id)).distinct())
    )


def status_history(household_id: int) -> list[StatusChange]:
    """Newest first; the first one is what holds now."""
    rows = db.session.execute(
        select(
            HouseholdStatusChange.status,
            HouseholdStatusChange.valid_from,
            HouseholdStatusChange.recorded_at,
            HouseholdStatusChange.recorded_by,
        )
        .where(HouseholdStatusChange.household_id == household_id)
        .order_by(HouseholdStatusChange.valid_from.desc(), HouseholdStatusChange.id.desc())
    )
    return [StatusChange(*row) for row in rows]


def suppliers_of_household(household_id: int) -> list[int]:
    """Ids of the suppliers that work with a household."""
    return list(
        db.session.scalars(
            select(SupplierHousehold.supplier_id)
            .where(SupplierHousehold.household_id == household_id)
            .order_by(SupplierHousehold.supplier_id)
        )
    )


@dataclass(frozen=True, slots=True)
class LinkedSupplier:
    id: int
    name: str
    since: datetime


def cards_with_suppliers(
    household_ids: Collection[int],
) -> dict[int, tuple[HouseholdCard, list[LinkedSupplier]]]:
    """Masked cards with the suppliers that work with each household, the first one first; by id. One query."""
    rows = db.session.execute(
        select(*_COLUMNS, Supplier.id, Supplier.name, SupplierHousehold.since)
        .outerjoin(SupplierHousehold, SupplierHousehold.household_id == Household.id)
        .outerjoin(Supplier, Supplier.id == SupplierHousehold.supplier_id)
        .where(Household.id.in_(household_ids))
        .order_by(Household.id, SupplierHousehold.since, Supplier.id)
    )
    found: dict[int, tuple[HouseholdCard, list[LinkedSupplier]]] = {}
    for row in rows:
        *card, supplier_id, name, since = row
        _card, suppliers = found.setdefault(card[0], (card_of(card), []))
        if supplier_id is not None:
            suppliers.append(LinkedSupplier(supplier_id, name, since))
    return found


def find_household_by_code(code: str) -> int | None:
    return db.session.scalar(select(Household.id).where(Household.code == code.strip().upper()))
