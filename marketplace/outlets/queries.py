"""Reading outlets. What is open to the public is ``outlets_within`` and ``outlets_serving``; registers read pages."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select

from marketplace.accounts.models import Role, RoleAssignment, ScopeKind
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.outlets.models import Outlet
from marketplace.outlets.rules import OutletTier
from marketplace.regions.queries import RegionRow, within
from marketplace.regions.rules import county_code_of, possible_path


@dataclass(frozen=True, slots=True)
class OutletRow:
    """``region_code`` is the county, town or village it serves, ``street_code`` the town of its address."""

    id: int
    code: str
    name: str
    tier: OutletTier
    region_code: str
    street_code: str
    address: str
    phone: str
    opening_hours: str
    takes_pickups: bool
    collects_produce: bool
    is_open: bool
    opened_on: date | None


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """Somebody who works an outlet: the grant to withdraw, and whom it is of."""

    assignment_id: int
    outlet_id: int
    user_id: int


_COLUMNS = columns_of(Outlet, OutletRow)


def _row(row: Sequence[Any]) -> OutletRow:
    """A row of ``_COLUMNS``: too many columns for their types to be told apart."""
    return OutletRow(*row)


def _where(*criteria: ColumnElement[bool]) -> list[OutletRow]:
    rows = db.session.execute(select(*_COLUMNS).where(*criteria).order_by(Outlet.region_code, Outlet.code))
    return [_row(row) for row in rows]


def get_outlet(outlet_id: int) -> OutletRow:
    """Open or closed; raises NotFound."""
    found = _where(Outlet.id == outlet_id)
    if not found:
        raise NotFound
    return found[0]


def outlets_by_ids(ids: Iterable[int]) -> dict[int, OutletRow]:
    """Open or closed, by id; unknown ids are left out. One query."""
    wanted = set(ids)
    return {row.id: row for row in _where(Outlet.id.in_(wanted))} if wanted else {}


def outlets_within(region: RegionRow, *, pickup_only: bool = False) -> list[OutletRow]:
    """The open outlets that serve this region or a part of it, by place; ``pickup_only``: where parcels may be sent."""
    criteria = [Outlet.is_open.is_(True), within(Outlet.region_code, region)]
    if pickup_only:
        criteria.append(Outlet.takes_pickups.is_(True))
    return _where(*criteria)


def outlets_serving(code: str) -> list[OutletRow]:
    """The open outlets of a place: its own and those of the town and county above it, the nearest first."""
    found = _where(Outlet.is_open.is_(True), Outlet.region_code.in_(possible_path(code)))
    return sorted(found, key=lambda row: (row.region_code, row.code), reverse=True)


def count_by_county() -> dict[str, int]:
    """Open outlets by county code; counties without one are left out."""
    rows = db.session.execute(
        select(Outlet.region_code, func.count()).where(Outlet.is_open).group_by(Outlet.region_code)
    )
    found: dict[str, int] = {}
    for code, count in rows:
        county = county_code_of(code)
        found[county] = found.get(county, 0) + count
    return found


def outlet_ids_by_code(codes: Collection[str]) -> dict[str, int]:
    """Ids by code; unknown codes are left out."""
    if not codes:
        return {}
    return dict(db.session.execute(select(Outlet.code, Outlet.id).where(Outlet.code.in_(codes))).all())


def find_outlet_by_code(code: str) -> int | None:
    return outlet_ids_by_code([code.strip().upper()]).get(code.strip().upper())


@dataclass(frozen=True, slots=True)
class OutletFilter:
    """``regions`` None: anywhere; otherwise within one of these (none: nothing)."""

    regions: Collection[RegionRow] | None = None
    text: str = ""
    tier: OutletTier | None = None
    is_open: bool | None = None
    county: RegionRow | None = None

    def criteria(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.regions is not None:
            found.append(or_(false(), *(within(Outlet.region_code, region) for region in self.regions)))
        if self.text:
            found.append(
                Outlet.code.contains(self.text.upper(), autoescape=True)
                | Outlet.name.contains(self.text, autoescape=True)
                | Outlet.address.contains(self.text, autoescape=True)
            )
        if self.tier is not None:
            found.append(Outlet.tier == self.tier)
        if self.is_open is not None:
            found.append(Outlet.is_open.is_(self.is_open))
        if self.county is not None:
            found.append(within(Outlet.region_code, self.county))
        return found


def outlets_page(wanted: OutletFilter, page: int) -> Page[OutletRow]:
    """The register, by place."""
    criteria = wanted.criteria()
    total = db.session.scalar(select(func.count()).select_from(Outlet).where(*criteria)) or 0
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(*criteria)
        .order_by(Outlet.region_code, Outlet.code)
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([_row(row) for row in rows], page, total)


def outlets_matching(wanted: OutletFilter) -> list[OutletRow]:
    """The whole register under a filter: for a file."""
    return _where(*wanted.criteria())


def count_by_tier(wanted: OutletFilter) -> dict[OutletTier, int]:
    rows = db.session.execute(
        select(Outlet.tier, func.count()).where(*wanted.criteria()).group_by(Outlet.tier)
    )
    return dict(rows.all())


def operators_of(outlet_ids: Collection[int]) -> dict[int, list[OperatorRow]]:
    """Who works these outlets now, by outlet; an outlet without anybody has an empty list. One query."""
    found: dict[int, list[OperatorRow]] = {outlet_id: [] for outlet_id in outlet_ids}
    if found:
        rows = db.session.execute(
            select(RoleAssignment.id, RoleAssignment.scope_id, RoleAssignment.user_id)
            .where(
                RoleAssignment.role == Role.OUTLET_OPERATOR,
                RoleAssignment.scope_kind == ScopeKind.OUTLET,
                RoleAssignment.scope_id.in_([str(outlet_id) for outlet_id in found]),
                RoleAssignment.revoked_at.is_(None),
            )
            .order_by(RoleAssignment.id)
        )
        for assignment_id, scope_id, user_id in rows:
            found[int(scope_id)].append(OperatorRow(assignment_id, int(scope_id), user_id))
    return found
