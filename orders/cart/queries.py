"""Reading carts."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from catalog.products.queries import SkuForSale, get_skus_for_sale
from certification.certificates.words import why_not_for_sale
from marketplace.kernel.db import db
from orders.cart.models import Cart, CartLine
from orders.cart.rules import LineState, line_state


@dataclass(frozen=True, slots=True)
class CartOwner:
    """A member by id, else a guest by the token of the signed cookie; neither: somebody without a cart."""

    user_id: int | None = None
    token: str | None = None

    @property
    def is_nobody(self) -> bool:
        return self.user_id is None and self.token is None

    def clause(self) -> ColumnElement[bool]:
        """The criterion that finds this owner's cart. A guest's token never opens a member's cart."""
        if self.user_id is not None:
            return Cart.user_id == self.user_id
        return (Cart.token == self.token) & Cart.user_id.is_(None)


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line beside what the shop says about its SKU now; the price is always the shop's."""

    sku: SkuForSale
    units: int
    is_chosen: bool
    channel_code: str

    @property
    def state(self) -> LineState:
        return line_state(self.sku.on_sale, self.sku.available, self.units)

    @property
    def why_off_sale(self) -> str:
        """What a buyer is told of goods that left the shop."""
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


@dataclass(frozen=True, slots=True)
class StoredLine:
    sku_id: int
    units: int
    is_chosen: bool
    channel_code: str


def stored_lines(owner: CartOwner, *, lock: bool = False) -> list[StoredLine]:
    """A cart's lines as kept, oldest first. One query, none for somebody without a cart.

    ``lock`` waits for another transaction that is placing them, and then does not see what that one took.
    """
    if owner.is_nobody:
        return []
    statement = (
        select(CartLine.sku_id, CartLine.units, CartLine.is_chosen, CartLine.channel_code)
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(owner.clause())
        .order_by(CartLine.id)
    )
    rows = db.session.execute(statement.with_for_update() if lock else statement)
    return [StoredLine(*row) for row in rows]


def cart_lines(owner: CartOwner, *, lock: bool = False) -> list[CartLineView]:
    """A cart's lines beside what the shop says about them now. Two queries."""
    stored = stored_lines(owner, lock=lock)
    skus = get_skus_for_sale([line.sku_id for line in stored])
    return [
        CartLineView(skus[line.sku_id], line.units, line.is_chosen, line.channel_code)
        for line in stored
        if line.sku_id in skus
    ]


def count_lines(owner: CartOwner) -> int:
    """How many kinds of goods lie in a cart; no query for somebody without one."""
    if owner.is_nobody:
        return 0
    return (
        db.session.scalar(
            select(func.count(CartLine.id)).join(Cart, Cart.id == CartLine.cart_id).where(owner.clause())
        )
        or 0
    )
