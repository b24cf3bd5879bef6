"""The content files as typed records. An unknown or missing key raises TypeError, so a slip in a file can't hide."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from catalog.attributes.rules import AttributeKind
from marketplace.demo.content.partners import Outlet, Unit, outlets_of, unit_of
from marketplace.kernel.money import basis_points

FOLDER = Path(__file__).parent
PLATFORM_FEE_BP = 200  # what the demo prices are reckoned with; the shop's own rate is a parameter of orders
ANY_PROVINCE = "*"
#: household numbers of copy n begin after n times this, so that villages may come twice
HOUSEHOLDS_APART = 100
#: the thirteen counties and districts of Xi'an
COUNTIES = tuple(
    f"6101{code}000000"
    for code in ("02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "22", "24")
)


class Mode(StrEnum):
    PURCHASE = "purchase"
    OWN = "own"
    DIVIDEND = "dividend"


class LotKind(StrEnum):
    BOUGHT = "bought"
    CONSIGNED = "consigned"


class SupplierKind(StrEnum):
    COOPERATIVE = "cooperative"
    LEADING_ENTERPRISE = "leading_enterprise"
    FAMILY_FARM = "family_farm"
    PILOT_HOUSEHOLD = "pilot_household"
    VILLAGE_COLLECTIVE = "village_collective"
    COMMUNITY_WORKSHOP = "community_workshop"
    RURAL_TOURISM = "rural_tourism"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    code: str
    name: str
    fresh: bool
    after_sales_hours: int
    icon: str
    parent: str | None = None
    visit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """``category`` None: every category has it."""

    name: str
    kind: AttributeKind
    options: tuple[str, ...]
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightGroup:
    """Weights in grams, money in fen; ``free_over_fen`` 0 means never free."""

    name: str
    provinces: tuple[str, ...]
    first_grams: int
    first_fen: int
    next_grams: int
    next_fen: int
    free_over_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightTemplate:
    code: str
    name: str
    excluded: tuple[str, ...]
    groups: tuple[FreightGroup, ...]

    def group_for(self, region_code: str) -> FreightGroup | None:
        """The group an address belongs to, by the first two digits of its code; None where nothing is sent."""
        province = region_code[:2]
        if province in self.excluded:
            return None
        return next((g for g in self.groups if province in g.provinces or ANY_PROVINCE in g.provinces), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """``uscc`` is empty for a pilot household, which sells through its ``sponsor``."""

    code: str
    name: str
    kind: SupplierKind
    village: str
    address: str
    contact: str
    phone: str
    uscc: str
    bank_name: str
    bank_account: str
    freight: str
    ship_from: str
    ship_hours: int
    story: str
    login: str | None = None
    sponsor: str | None = None
    household: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    name: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """A packing. Fen and grams per unit; which of the two income fields is set depends on the product's modes."""

    key: str
    product: str
    name: str
    grams: int
    price_fen: int
    market_fen: int
    stock: int
    household_fen: int | None = None
    sponsor_fee_fen: int | None = None
    #: which of the product's pictures shows it
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """``linked`` maps a village to how many of its households, from the first on, are in the agreement."""

    code: str
    supplier: str
    category: str
    origin: str
    name: str
    title: str
    subtitle: str
    variety: str
    grade: str
    unit: str
    months: tuple[int, ...]
    specs: Mapping[str, str]
    paragraphs: tuple[str, ...]
    modes: tuple[Mode, ...]
    linked: Mapping[str, int]
    promised_income_fen: int
    certificate_years: int
    pictures: tuple[Picture, ...]
    skus: tuple[Sku, ...]
    lots: LotKind | None = None
    share_bp: int = 0
    #: names of options of its category's attributes
    values: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    #: what household numbers count on from; more than 0 in a copy only
    first_household: int = 0

    def in_season(self, month: int) -> bool:
        return month in self.months


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    login: str
    name: str
    phone: str
    roles: tuple[str, ...]
    region: str | None = None
    supplier: str | None = None
    household: str | None = None
    unit: str | None = None
    outlet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    street: str
    detail: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything read from the files, by code, in the order of the files."""

    categories: Mapping[str, Category]
    attributes: tuple[Attribute, ...]
    #: words of the shop and how often they are looked for in a day
    searched: Mapping[str, int]
    freights: Mapping[str, FreightTemplate]
    suppliers: Mapping[str, Supplier]
    products: Mapping[str, Product]
    skus: Mapping[str, Sku]
    people: Mapping[str, Person]
    password: str
    village_households: Mapping[str, int]
    addresses: tuple[Address, ...]
    units: Mapping[str, Unit]
    outlets: Mapping[str, Outlet]
    #: certified like the products, but sold by date and listed through the commands
    visits: Mapping[str, Product]
    #: 0 is the content itself, others are copies of it
    copy: int = 0

    @property
    def first_household(self) -> int:
        """What the numbers of households count on from."""
        return self.copy * HOUSEHOLDS_APART

    def freight_of(self, product: Product) -> FreightTemplate:
        return self.freights[self.suppliers[product.supplier].freight]


def household_fen(product: Product, sku: Sku) -> int:
    """What one unit at its full price brings its households, in fen: fixed terms and shares together."""
    own = sku.price_fen - sku.sponsor_fee_fen if sku.sponsor_fee_fen is not None else 0
    return (sku.household_fen or 0) + basis_points(sku.price_fen, product.share_bp) + own


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _freight(row: dict[str, Any]) -> FreightTemplate:
    groups = tuple(FreightGroup(**{**g, "provinces": tuple(g["provinces"])}) for g in row.pop("groups"))
    return FreightTemplate(groups=groups, excluded=tuple(row.pop("excluded")), **row)


def _supplier(row: dict[str, Any]) -> Supplier:
    return Supplier(kind=SupplierKind(row.pop("kind")), **row)


def _sku(product: str, row: dict[str, Any]) -> Sku:
    return Sku(key=f"{product}/{row.pop('code')}", product=product, **row)


def _attribute(row: dict[str, Any]) -> Attribute:
    return Attribute(kind=AttributeKind(row.pop("kind")), options=tuple(row.pop("options")), **row)


def _product(row: dict[str, Any], values: Mapping[str, list[str]]) -> Product:
    text = row.pop("description")
    return Product(
        values=tuple(values.get(row["code"], ())),
        axes=tuple(row.pop("axes", ())),
        skus=tuple(_sku(row["code"], each) for each in row.pop("sku")),
        paragraphs=tuple(part.strip() for part in text.split("\n\n") if part.strip()),
        modes=tuple(Mode(mode) for mode in row.pop("modes")),
        lots=LotKind(row.pop("lots")) if "lots" in row else None,
        months=tuple(row.pop("months")),
        pictures=tuple(Picture(**each) for each in row.pop("pictures")),
        **row,
    )


def _person(row: dict[str, Any]) -> Person:
    return Person(roles=tuple(row.pop("roles")), **row)


def _addresses() -> tuple[Address, ...]:
    with (FOLDER / "addresses.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Address(street=row["street"], detail=row["detail"], weight=int(row["weight"]))
            for row in csv.DictReader(lines)
        )


@cache
def load() -> Content:
    """Read all files once. Raises TypeError or ValueError for a record that doesn't fit its type."""
    trade, people = _read("suppliers.toml"), _read("people.toml")
    told = _read("attributes.toml")
    products = [_product(row, told["values"]) for row in _read("products.toml")["product"]]
    visits = [_product(row, told["values"]) for row in _read("visits.toml")["product"]]
    return Content(
        categories={row["code"]: Category(**row) for row in _read("categories.toml")["category"]},
        attributes=tuple(_attribute(row) for row in told["attribute"]),
        searched=told["searched"],
        freights={row["code"]: _freight(row) for row in trade["freight"]},
        suppliers={row["code"]: _supplier(row) for row in trade["supplier"]},
        products={product.code: product for product in products},
        skus={sku.key: sku for product in products for sku in product.skus},
        people={row["login"]: _person(row) for row in people["person"]},
        password=people["password"],
        village_households=_read("villages.toml")["households"],
        addresses=_addresses(),
        units={row["code"]: unit_of(row) for row in _read("units.toml")["unit"]},
        visits={visit.code: visit for visit in visits},
        outlets={outlet.code: outlet for outlet in outlets_of(_read("outlets.toml"), COUNTIES)},
    )
