"""Reading carts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from catalog.products.models import Sku
from catalog.products.queries import SkuForSale, for_sale, for_sale_select
from catalog.products.selling_rules import Closed, left_of_limit
from certification.certificates.words import why_not_for_sale
from marketplace.kernel import clock
from marketplace.kernel.db import lock_rows, read
from orders.cart.models import Cart, CartLine
from orders.cart.rules import LineState, line_state
from orders.coupons.queries import holder_of
from orders.ordering.limits import bought_units


@dataclass(frozen=True, slots=True)
class CartOwner:
    """A member by id, else a guest by the token of the signed cookie; neither: somebody without a cart."""

    user_id: int | None = None
    token: str | None = None

    @property
    def is_nobody(self) -> bool:
        return self.user_id is None and self.token is None

    @property
    def is_member(self) -> bool:
        return self.user_id is not None

    @property
    def values(self) -> dict[str, int | str | None]:
        """What goes with ``clause_of``."""
        return {"owner": self.user_id if self.is_member else self.token}


def clause_of(is_member: bool) -> ColumnElement[bool]:
    """The criterion that finds an owner's cart. A guest's token never opens a member's cart."""
    if is_member:
        return Cart.user_id == bindparam("owner")
    return (Cart.token == bindparam("owner")) & Cart.user_id.is_(None)


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line beside what the shop says about its SKU now; the price is always the shop's. ``bought`` units of a limited
    packing count to its limit already, as far as the buyer is known."""

    sku: SkuForSale
    units: int
    is_chosen: bool
    channel_code: str
    bought: int = 0

    @property
    def state(self) -> LineState:
        return line_state(self.sku.on_sale, self.sku.available, self.units, self.left)

    @property
    def left(self) -> int | None:
        """How many the buyer may still have of it; None where nothing limits that."""
        return left_of_limit(self.sku.limit_units, self.bought)

    @property
    def why_off_sale(self) -> str:
        """What a buyer is told of goods that left the shop, or are not sold on this day."""
        if self.sku.closed is Closed.SEASON:
            return f"{self.sku.season.opens}开始销售"
        if self.sku.closed is Closed.PRESALE_OVER:
            return "预售结束了，供应商备好现货再卖"
        why = why_not_for_sale(self.sku.certificate_state, self.sku.stop_cause)
        return why or "供应商把它下架了，或者和农户的协议到期了"

    @property
    def is_orderable(self) -> bool:
        return self.state is LineState.OK

    @property
    def total_fen(self) -> int:
        return self.sku.price_fen * self.units

    @property
    def income_fen(self) -> int:
        """What the line would bring households now, projected."""
        return self.sku.projected_income_fen * self.units

    @property
    def grams(self) -> int:
        return self.sku.grams * self.units


@dataclass(frozen=True, slots=True)
class SupplierGroup:
    """The lines of one supplier, in the order they were added."""

    supplier_id: int
    supplier_name: str
    lines: tuple[CartLineView, ...]

    @property
    def chosen(self) -> tuple[CartLineView, ...]:
        return tuple(line for line in self.lines if line.is_chosen and line.is_orderable)

    @property
    def all_chosen(self) -> bool:
        """Whether every line that can be ordered is chosen."""
        orderable = [line for line in self.lines if line.is_orderable]
        return bool(orderable) and all(line.is_chosen for line in orderable)


def group_by_supplier(lines: Iterable[CartLineView]) -> list[SupplierGroup]:
    """Suppliers in the order of their first line."""
    groups: dict[int, list[CartLineView]] = {}
    for line in lines:
        groups.setdefault(line.sku.supplier_id, []).append(line)
    return [
        SupplierGroup(supplier_id, found[0].sku.supplier_name, tuple(found))
        for supplier_id, found in groups.items()
    ]


def cart_lines(owner: CartOwner, *, lock: bool = False) -> list[CartLineView]:
    """A cart's lines beside what the shop says about them now, oldest first. One query, two where a member's are
    limited, none for somebody without a cart.

    ``lock`` waits for another transaction that changes the cart or places it, and reads what that one left.
    """
    if owner.is_nobody:
        return []
    if lock:
        lock_rows(_id(owner.is_member), owner.values)
    day = clock.today()
    lines = [
        CartLineView(for_sale(sku, day), units, is_chosen, channel)
        for *sku, units, is_chosen, channel in read(_lines(owner.is_member, day), owner.values)
    ]
    bought = bought_of(owner, (line.sku for line in lines))
    return [
        replace(line, bought=bought[line.sku.sku_id]) if line.sku.sku_id in bought else line for line in lines
    ]


@cache
def _id(is_member: bool) -> Select[int]:
    return select(Cart.id).where(clause_of(is_member))


@lru_cache(maxsize=8)
def _lines(is_member: bool, day: date) -> Select[*tuple[Any, ...]]:
    return (
        for_sale_select(day)
        .add_columns(CartLine.units, CartLine.is_chosen, CartLine.channel_code)
        .join(CartLine, CartLine.sku_id == Sku.id)
        .where(CartLine.cart_id == _id(is_member).scalar_subquery())
        .order_by(CartLine.id)
    )


def bought_of(owner: CartOwner, skus: Iterable[SkuForSale]) -> dict[int, int]:
    """Units by SKU that count to a limit already; a guest is known by the number of an order only."""
    limited = {sku.sku_id: sku.limit_days for sku in skus if sku.limit_units is not None}
    return bought_units(holder_of(owner.user_id, ""), limited) if owner.user_id is not None else {}


def count_lines(owner: CartOwner) -> int:
    """How many kinds of goods lie in a cart; no query for somebody without one."""
    if owner.is_nobody:
        return 0
    return read(_count(owner.is_member), owner.values).scalar() or 0


@cache
def _count(is_member: bool) -> Select[int]:
    return select(func.count(CartLine.id)).join(Cart, Cart.id == CartLine.cart_id).where(clause_of(is_member))
