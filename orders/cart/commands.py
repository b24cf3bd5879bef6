"""Writing carts. A cart promises nothing: stock is taken when an order is placed."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, delete, select, update

from catalog.products.queries import SkuForSale, get_skus_for_sale
from catalog.products.selling_rules import Closed, left_of_limit
from marketplace.kernel import clock
from marketplace.kernel.db import db, insert_unless_there
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional
from orders.cart.models import Cart, CartLine
from orders.cart.queries import CartOwner, bought_of, clause_of
from orders.cart.rules import MAX_LINES, MAX_UNITS

_LINES = select(CartLine).where(CartLine.cart_id == bindparam("cart"))


@transactional
def add_to_cart(
    owner: CartOwner, sku_id: int, units: int, channel_code: str = "", *, only: bool = False
) -> str:
    """Put units of a SKU into the owner's cart, made if there is none; returns the cart's token.

    ``only``: buy this alone, so every other line is put aside and the quantity is exactly ``units``. Raises NotFound
    for an unknown SKU, Conflict ``cart.off_sale``, ``visits.by_date``, ``cart.out_of_season``, ``cart.presale_over``,
    ``cart.over_limit``, ``stock.sold_out``, ``stock.too_few`` or ``cart.full``.
    """
    sku = get_skus_for_sale([sku_id]).get(sku_id)
    if sku is None:
        raise NotFound("cart.unknown_sku")
    if sku.is_visit:
        raise Conflict("visits.by_date", field="units")
    _check_open(sku)
    moment = clock.now()
    cart, lines = _with_lines(owner, moment)
    line = lines.get(sku_id)
    wanted = units if only or line is None else line.units + units
    _check_units(wanted, sku.available)
    left = left_of_limit(sku.limit_units, bought_of(owner, [sku]).get(sku_id, 0))
    if left is not None and wanted > left:
        raise Conflict("cart.over_limit", field="units", limit=sku.limit_units, left=left)
    if line is None:
        if len(lines) >= MAX_LINES:
            raise Conflict("cart.full", maximum=MAX_LINES)
        line = CartLine(cart_id=cart.id, sku_id=sku_id, units=wanted, added_at=moment)
        db.session.add(line)
    line.units = wanted
    line.is_chosen = True
    line.channel_code = channel_code or line.channel_code or ""
    if only:
        for other in lines.values():
            other.is_chosen = other is line
    cart.updated_at = moment
    return cart.token


def _check_open(sku: SkuForSale) -> None:
    if sku.closed is Closed.SEASON:
        raise Conflict("cart.out_of_season", field="units", opens=sku.season.opens)
    if not sku.on_sale:
        over = sku.closed is Closed.PRESALE_OVER
        raise Conflict("cart.presale_over" if over else "cart.off_sale", field="units")


def _check_units(wanted: int, available: int) -> None:
    if not 1 <= wanted <= MAX_UNITS:
        raise InvalidInput("cart.units", field="units", maximum=MAX_UNITS)
    if available <= 0:
        raise Conflict("stock.sold_out", field="units")
    if wanted > available:
        raise Conflict("stock.too_few", field="units", left=available)


def _find(owner: CartOwner) -> Cart | None:
    """The owner's cart, locked: two clicks at once change it one after the other."""
    if owner.is_nobody:
        return None
    return db.session.scalars(_cart(owner.is_member), owner.values).first()


@cache
def _cart(is_member: bool) -> Select[Cart]:
    return select(Cart).where(clause_of(is_member)).with_for_update()


def _with_lines(owner: CartOwner, moment: datetime) -> tuple[Cart, dict[int, CartLine]]:
    """The owner's cart, made if there is none, and its lines by SKU."""
    cart = _find(owner)
    if cart is None and not owner.is_member:  # a guest's new one is known to nobody else
        cart = Cart(token=new_token(), updated_at=moment)
        db.session.add(cart)
        db.session.flush()
        return cart, {}
    if cart is None:  # the member's other click may make it meanwhile
        values = {"token": new_token(), "user_id": owner.user_id, "updated_at": moment}
        insert_unless_there(Cart, values, "user_id")
        cart = db.session.scalars(_cart(is_member=True), owner.values).one()
    return cart, {line.sku_id: line for line in db.session.scalars(_LINES, {"cart": cart.id})}


@transactional
def update_cart(owner: CartOwner, units: Mapping[int, int], chosen: Collection[int]) -> None:
    """Set quantities and choices by SKU; lines not named in ``units`` stay as they are. Nothing is half changed.

    More than is on hand may stay in a cart: the page explains it, and placing refuses it.
    """
    cart = _find(owner)
    if cart is None:
        return
    for line in db.session.scalars(select(CartLine).where(CartLine.cart_id == cart.id)):
        if line.sku_id in units:
            if not 1 <= units[line.sku_id] <= MAX_UNITS:
                raise InvalidInput("cart.units", field="units", maximum=MAX_UNITS)
            line.units = units[line.sku_id]
            line.is_chosen = line.sku_id in chosen
    cart.updated_at = clock.now()


@transactional
def remove_from_cart(owner: CartOwner, sku_ids: Collection[int]) -> None:
    """Take lines out; what is not there stays away."""
    if owner.is_nobody:
        return
    cart_id = select(Cart.id).where(clause_of(owner.is_member)).scalar_subquery()
    removed = delete(CartLine).where(CartLine.cart_id == cart_id, CartLine.sku_id.in_(sorted(sku_ids)))
    db.session.execute(removed, owner.values)


@transactional
def merge_guest_cart(user_id: int, guest_token: str | None) -> None:
    """What somebody put into a cart before signing in joins the member's; the larger quantity of a SKU stays.

    The guest's cart is gone afterwards, so that a repeated sign-in adds nothing twice.
    """
    guest = _find(CartOwner(token=guest_token))
    if guest is None:
        return
    member = _find(CartOwner(user_id=user_id))
    if member is None:
        guest.user_id = user_id
        guest.token = new_token()
        return
    theirs = {
        line.sku_id: line
        for line in db.session.scalars(select(CartLine).where(CartLine.cart_id == member.id))
    }
    for line in db.session.scalars(select(CartLine).where(CartLine.cart_id == guest.id)).all():
        known = theirs.get(line.sku_id)
        if known is not None:
            known.units = max(known.units, line.units)
            known.is_chosen = known.is_chosen or line.is_chosen
            known.channel_code = known.channel_code or line.channel_code
        elif len(theirs) < MAX_LINES:
            theirs[line.sku_id] = line
            db.session.execute(update(CartLine).where(CartLine.id == line.id).values(cart_id=member.id))
    db.session.flush()
    db.session.execute(delete(CartLine).where(CartLine.cart_id == guest.id))
    db.session.execute(delete(Cart).where(Cart.id == guest.id))


@transactional
def forget_member(user_id: int) -> None:
    """The cart of somebody who leaves."""
    theirs = select(Cart.id).where(Cart.user_id == user_id)
    db.session.execute(delete(CartLine).where(CartLine.cart_id.in_(theirs)))
    db.session.execute(delete(Cart).where(Cart.user_id == user_id))
