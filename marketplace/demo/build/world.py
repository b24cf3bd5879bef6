"""What the builders share: the content, the moment, and the ids given so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from catalog.products.models import Listing
from certification.linkage.rules import SaleTerms
from marketplace.accounts.models import Role
from marketplace.demo.build.rows import Rows
from marketplace.demo.content.loader import Content
from marketplace.demo.content.plan import Plan

Progress = Callable[[str, int, int], None]
#: The shop's history starts this long before the demo's now.
HISTORY = timedelta(days=250)


@dataclass(frozen=True)
class LotRow:
    """A lot as orders need it."""

    id: int
    household_id: int
    village_code: str
    total_fen: int
    units: int
    bought: bool


@dataclass(frozen=True)
class StoredPicture:
    """A picture of the content as the shop keeps it."""

    id: int
    token: str


@dataclass
class World:
    """Ids by the content's own keys."""

    plan: Plan
    progress: Progress
    #: everybody's: one password, hashed once
    password_hash: str
    rows: Rows = field(default_factory=Rows)
    users: dict[str, int] = field(default_factory=dict)
    suppliers: dict[str, int] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    villages: dict[int, str] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    #: options of attributes by the category that has them (None: all) and name
    options: dict[tuple[str | None, str], int] = field(default_factory=dict)
    terms: dict[str, SaleTerms] = field(default_factory=dict)
    certificates: dict[str, int] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    skus: dict[str, int] = field(default_factory=dict)
    covers: dict[str, str] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    members: dict[tuple[str, Role], int] = field(default_factory=dict)
    outlets: dict[str, int] = field(default_factory=dict)
    outlet_names: dict[str, str] = field(default_factory=dict)
    operators: dict[str, int] = field(default_factory=dict)
    #: outlets that collect for a supplier
    collectors: dict[str, list[str]] = field(default_factory=dict)
    #: numbers of orders, payments and refunds given so far
    taken: set[str] = field(default_factory=set)
    pictures: dict[str, StoredPicture] = field(default_factory=dict)
    #: user names that this content brought, as against those that were there
    hired: set[str] = field(default_factory=set)
    lots: dict[int, LotRow] = field(default_factory=dict)
    lots_by_sku: dict[str, list[tuple[date, int]]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    #: names of the counters that moved and are not stored yet
    counted: set[str] = field(default_factory=set)

    @property
    def content(self) -> Content:
        return self.plan.content

    @property
    def now(self) -> datetime:
        return self.plan.now

    @property
    def start(self) -> datetime:
        return self.now - HISTORY

    def for_copy(self, plan: Plan) -> "World":
        """A world for a copy of the content: the same people, units, outlets, pictures and counters, nothing else."""
        return World(
            plan,
            lambda _name, _done, _total: None,
            self.password_hash,
            rows=self.rows,
            users=self.users,
            options=self.options,
            units=self.units,
            members=self.members,
            outlets=self.outlets,
            outlet_names=self.outlet_names,
            operators=self.operators,
            taken=self.taken,
            pictures=self.pictures,
            numbers=self.numbers,
        )

    def next_number(self, series: str) -> int:
        self.count_to(series, self.numbers.get(series, 0) + 1)
        return self.numbers[series]

    def count_to(self, series: str, last: int) -> None:
        self.numbers[series] = last
        self.counted.add(series)
