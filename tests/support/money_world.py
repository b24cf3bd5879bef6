"""The small shop of the money machine: three suppliers, four packings, each with other terms, coupons and an outlet."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, update

from catalog.products.models import Sku
from catalog.stock.models import StockRow
from certification.linkage.models import LinkageAgreement
from certification.linkage.rules import LinkageMode, LotPayment
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from orders.coupons.commands import make_coupon
from orders.coupons.rules import CouponBearer, NewCoupon
from tests.factories import builders, labour, order_builders, outlets

#: what freight costs by begun kilogram
FIRST_FEN, NEXT_FEN = 800, 200
GRAMS = 2500


@dataclass(frozen=True)
class Packing:
    """One SKU as the reckoning knows it."""

    sku: int
    supplier: int
    price_fen: int
    units: int


@dataclass
class MoneyWorld:
    """Ids of rows and the people who act."""

    packings: dict[int, Packing] = field(default_factory=dict)
    sellers: dict[int, Actor] = field(default_factory=dict)
    #: (supplier, household, its head) who may be paid
    payees: list[tuple[int, int, Actor]] = field(default_factory=list)
    #: coupon → (supplier or None, least spend, off)
    coupons: dict[int, tuple[int | None, int, int]] = field(default_factory=dict)
    finance: Actor = field(default_factory=lambda: Actor(0, ()))
    second_finance: Actor = field(default_factory=lambda: Actor(0, ()))
    outlet: int = 0
    operator: Actor = field(default_factory=lambda: Actor(0, ()))

    @property
    def stock_rows(self) -> list[tuple[int, int]]:
        """(row, SKU), oldest first."""
        rows = db.session.execute(select(StockRow.id, StockRow.sku_id).order_by(StockRow.id))
        return [(row, sku) for row, sku in rows]


def build_money_world() -> MoneyWorld:
    world = MoneyWorld()
    first, second = builders.supplier(), builders.supplier(builders.VILLAGE_OF_SAME_COUNTY)
    order_builders.freight_rule(first, first_fen=FIRST_FEN, next_fen=NEXT_FEN)
    world.sellers = {each: builders.owner_of(each) for each in (first, second)}
    _bought_and_consigned(world, first)
    _worked_and_shared(world)
    _rented(world, second)
    _own(world, second)
    _open_for_long()
    world.finance, world.second_finance = builders.finance(), builders.finance()
    world.outlet = outlets.outlet()
    world.operator = outlets.operator_of(world.outlet)
    admin = builders.admin()
    for supplier, least, off in ((first, 5_000, 301), (None, 6_000, 1_000)):
        world.coupons[_coupon(world, admin, supplier, least, off)] = (supplier, least, off)
    return world


def _pack(world: MoneyWorld, sku: int, supplier: int, households: list[int]) -> None:
    units = db.session.scalars(select(StockRow.available).where(StockRow.sku_id == sku)).all()
    price = db.session.get_one(Sku, sku).price_fen
    world.packings[sku] = Packing(sku, supplier, price, sum(units))
    known = {household for _, household, _ in world.payees}
    for household in households:
        if household not in known:
            world.payees.append((supplier, household, builders.head_of(household)))


def _bought_and_consigned(world: MoneyWorld, supplier: int) -> None:
    """Two lots of two households: one paid at receipt, one when it is sold."""
    made = builders.saleable(
        supplier_id=supplier, units=7, price_fen=2999, lot_total_fen=9_001, payment=LotPayment.BOUGHT
    )
    other = builders.household(supplier_id=supplier)
    builders.lot(made["agreement"], other, made["sku"], units=6, total_fen=8_503)
    _pack(world, made["sku"], supplier, [made["household"], other])


def _worked_and_shared(world: MoneyWorld) -> None:
    """A workshop: wages by the hour and a dividend."""
    made = labour.workshop(modes={LinkageMode.LABOUR: 251, LinkageMode.DIVIDEND: 1_033}, price_fen=3280)
    labour.closed_sheet(made, dict(zip(made.households, (60, 90, 135), strict=True)))
    world.sellers[made.supplier] = made.owner
    _pack(world, made.sku, made.supplier, made.households)


def _rented(world: MoneyWorld, supplier: int) -> None:
    """Rent and a share of a trusteeship, and lots besides."""
    households = [builders.household(supplier_id=supplier) for _ in range(3)]
    product = builders.product(supplier)
    modes = {LinkageMode.RENT: 777, LinkageMode.TRUSTEESHIP: 450, LinkageMode.PURCHASE: 0}
    agreement = builders.agreement(
        supplier, product, households, modes=modes, shares=[1, 2, 4], mu=[150, 0, 333]
    )
    builders.certificate(product)
    sku = builders.sku(builders.listing(product), price_fen=1999)
    builders.lot(agreement, households[0], sku, units=9, total_fen=4_007)
    _pack(world, sku, supplier, households)


def _own(world: MoneyWorld, supplier: int) -> None:
    """What a household grew itself: everything but the sponsor's fee is its own."""
    household = builders.household(supplier_id=supplier)
    product = builders.product(supplier)
    builders.agreement(supplier, product, [household], modes={LinkageMode.OWN: 150})
    builders.certificate(product)
    sku = builders.sku(builders.listing(product), price_fen=2501)
    builders.stock(sku, 8)
    _pack(world, sku, supplier, [household])


@transactional
def _open_for_long() -> None:
    """The machine lives for years: nothing ends meanwhile."""
    db.session.execute(update(LinkageAgreement).values(ends_on=clock.today() + timedelta(days=5_000)))


def _coupon(world: MoneyWorld, admin: Actor, supplier: int | None, least: int, off: int) -> int:
    new = NewCoupon(
        name="满减",
        bearer=CouponBearer.SUPPLIER if supplier else CouponBearer.GOVERNMENT,
        supplier_id=supplier,
        min_spend_fen=least,
        off_fen=off,
        total_count=7,
        per_person=5,
        budget_fen=off * 6,
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=300),
    )
    return make_coupon(world.sellers[supplier] if supplier else admin, new)
