"""What the keys of a dimension are called, and what was agreed for them. One query per 5,000 names."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import aliased

from certification.products.models import Category, DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.outlets.models import Outlet
from marketplace.outlets.rules import OutletTier
from marketplace.pairing.models import PairingArrangement, PairingTarget
from marketplace.parties.models import Household, PartnerUnit, Supplier, UnitPlan
from marketplace.regions.models import Region
from marketplace.regions.queries import RegionRow, within
from marketplace.regions.rules import is_within, place_name
from marketplace.reporting.dimensions import OUTLET_ROLES, Dimension
from marketplace.reporting.facts import BATCH
from marketplace.reporting.rules import Period

_KEPT = timedelta(minutes=1)
_categories: WeakKeyDictionary[Engine, tuple[datetime, dict[str, str]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Named:
    """``note`` says more in a few words; ``target_fen`` is what was agreed for the year the period ends in."""

    name: str
    note: str = ""
    target_fen: int | None = None


def names_of_keys(
    dimension: Dimension, keys: Collection[str], region: RegionRow, period: Period, category: str = ""
) -> dict[str, Named]:
    """Names by key. For units and arrangements also those of the region that bought nothing but were to; for products
    of a category no others."""
    if dimension is Dimension.CHANNEL:
        return {key: Named(key) for key in keys}
    if dimension is Dimension.CATEGORY:
        rows = db.session.execute(select(Category.code, Category.name).where(Category.code.in_(keys)))
        return {code: Named(name) for code, name in rows}
    ids = sorted(int(key) for key in keys if key.isascii() and key.isdigit() and len(key) <= 9)
    read = _outlets if dimension in OUTLET_ROLES else _READERS[dimension]
    found: dict[str, Named] = {}
    for start in range(0, max(len(ids), 1), BATCH):
        found |= read(ids[start : start + BATCH], region, period, category)
    return found


def category_names() -> dict[str, str]:
    """Names of the categories products are declared in, by code, in the order of the shop; kept for a minute."""
    engine, now = db.engine, clock.now()
    kept = _categories.get(engine)
    if kept is not None and timedelta(0) <= now - kept[0] < _KEPT:
        return kept[1]
    above = aliased(Category)
    rows = db.session.execute(
        select(Category.code, Category.name)
        .where(~exists().where(above.parent_code == Category.code))
        .order_by(Category.position, Category.code)
    )
    names = {code: name for code, name in rows}  # noqa: C416 — rows are not pairs to a type checker
    if names:
        _categories[engine] = now, names
    return names


def _suppliers(ids: Collection[int], _region: RegionRow, _period: Period, _category: str) -> dict[str, Named]:
    rows = db.session.execute(select(Supplier.id, Supplier.name).where(Supplier.id.in_(ids)))
    return {str(supplier_id): Named(name) for supplier_id, name in rows}


def _products(ids: Collection[int], _region: RegionRow, _period: Period, category: str) -> dict[str, Named]:
    query = (
        select(DeclaredProduct.id, DeclaredProduct.name, Supplier.name)
        .join(Supplier, Supplier.id == DeclaredProduct.supplier_id)
        .where(DeclaredProduct.id.in_(ids))
    )
    if category:
        query = query.where(DeclaredProduct.category_code == category)
    return {
        str(product_id): Named(name, supplier) for product_id, name, supplier in db.session.execute(query)
    }


def _units(ids: Collection[int], region: RegionRow, period: Period, _category: str) -> dict[str, Named]:
    of_here = and_(UnitPlan.id.is_not(None), within(PartnerUnit.region_code, region))
    rows: Iterable[Any] = db.session.execute(
        select(PartnerUnit.id, PartnerUnit.name, UnitPlan.target_fen)
        .outerjoin(UnitPlan, and_(UnitPlan.unit_id == PartnerUnit.id, UnitPlan.year == period.end.year))
        .where(or_(PartnerUnit.id.in_(ids), of_here))
    )
    return {str(unit_id): Named(name, "", target) for unit_id, name, target in rows}


def _arrangements(
    ids: Collection[int], region: RegionRow, period: Period, _category: str
) -> dict[str, Named]:
    rows: Iterable[Any] = db.session.execute(
        _arrangement_rows(or_(PairingArrangement.id.in_(ids), _running(region, period)), period.end.year)
    )
    found: dict[str, Named] = {}
    for id_, unit, kind, code, village, household, target in rows:
        # who a household is concerns nobody outside its region, not even by number
        is_here = household and is_within(code, region.code, region.level)
        whom = f"{place_name(village)} {household}" if is_here else place_name(village)
        found[str(id_)] = Named(f"{unit} → {whom}", kind.label, target)
    return found


def _running(region: RegionRow, period: Period) -> ColumnElement[bool]:
    ends = PairingArrangement.ends_on
    return and_(
        PairingArrangement.withdrawn_at.is_(None),
        PairingArrangement.starts_on <= period.end,
        or_(ends.is_(None), ends >= period.start),
        within(PairingArrangement.village_code, region),
    )


def _arrangement_rows(criterion: ColumnElement[bool], year: int) -> Select[Any]:
    of_year = and_(PairingTarget.arrangement_id == PairingArrangement.id, PairingTarget.year == year)
    columns: list[Any] = [
        PairingArrangement.id,
        PartnerUnit.name,
        PairingArrangement.kind,
        PairingArrangement.village_code,
        Region.name,
        Household.code,
        PairingTarget.target_fen,
    ]
    return (
        select(*columns)
        .join(PartnerUnit, PartnerUnit.id == PairingArrangement.unit_id)
        .join(Region, Region.code == PairingArrangement.village_code)
        .outerjoin(Household, Household.id == PairingArrangement.household_id)
        .outerjoin(PairingTarget, of_year)
        .where(criterion)
    )


def _outlets(ids: Collection[int], _region: RegionRow, _period: Period, _category: str) -> dict[str, Named]:
    rows = db.session.execute(select(Outlet.id, Outlet.name, Outlet.tier).where(Outlet.id.in_(ids)))
    return {str(outlet_id): Named(name, OutletTier(tier).label) for outlet_id, name, tier in rows}


_READERS = {
    Dimension.SUPPLIER: _suppliers,
    Dimension.PRODUCT: _products,
    Dimension.UNIT: _units,
    Dimension.PAIRING: _arrangements,
}
