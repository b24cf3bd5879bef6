"""Acting as somebody: what the demo's commands of today share."""

import io
from urllib.parse import urlsplit

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from catalog.products.models import Listing, Sku
from catalog.products.queries import SkuForSale, get_skus_for_sale
from marketplace.accounts.models import Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.demo.build.catalog import PICTURES
from marketplace.kernel.db import db
from orders.ordering.models import Checkout, OrderLine
from orders.payments.inbox import apply_event, store_event
from orders.payments.providers import sandbox
from orders.payments.providers.registry import get_provider
from orders.payments.rules import SandboxChoice
from orders.payments.sessions import start_session

CONSIDERED = 80


def actor_of(login: str) -> Actor:
    return _loaded(db.session.scalar(select(User.id).where(User.username == login)), login)


def owner_of_supplier(supplier_id: int) -> Actor:
    """Somebody who may ship for it."""
    user_id = db.session.scalar(
        select(RoleAssignment.user_id).where(
            RoleAssignment.role == Role.SUPPLIER_OWNER,
            RoleAssignment.scope_kind == ScopeKind.SUPPLIER,
            RoleAssignment.scope_id == str(supplier_id),
        )
    )
    return _loaded(user_id, f"supplier {supplier_id}")


def _loaded(user_id: int | None, who: str) -> Actor:
    actor = load_actor(user_id) if user_id else None
    if actor is None:
        raise LookupError(who)
    return actor


def upload_of(paper: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(paper), filename="demo.pdf")


def picture_of(name: str) -> FileStorage:
    return FileStorage(io.BytesIO((PICTURES / f"{name}.webp").read_bytes()), filename=f"{name}.webp")


def skus_by_popularity() -> list[int]:
    return list(
        db.session.scalars(
            select(Sku.id)
            .join(Listing, Listing.id == Sku.listing_id)
            .where(Sku.is_active)
            .order_by(Listing.sold_units.desc(), Sku.id)
            .limit(CONSIDERED)
        )
    )


def skus_for_sale(units: int) -> list[SkuForSale]:
    """Packings of which so many can be had now, best sold first."""
    wanted = skus_by_popularity()
    found = get_skus_for_sale(wanted)
    return [found[sku_id] for sku_id in wanted if found[sku_id].on_sale and found[sku_id].available >= units]


def pay_online(token: str) -> None:
    """The buyer pays a checkout in the sandbox, and its notice comes in."""
    checkout_id = db.session.scalar(select(Checkout.id).where(Checkout.token == token))
    if checkout_id is None:
        raise LookupError(token)
    url = start_session(checkout_id, f"/pay/{token}")
    key = urlsplit(url).path.rsplit("/", 1)[-1]
    provider = get_provider(sandbox.NAME)
    if not isinstance(provider, sandbox.Sandbox):
        raise TypeError("the demo is paid in the sandbox")
    for notice in sandbox.settle(key, SandboxChoice.PAY).notices:
        raw = notice.encode()
        apply_event(store_event(sandbox.NAME, raw, provider.signature(raw)))


def units_of_order(order_id: int) -> dict[int, int]:
    """{line: units}."""
    rows = db.session.execute(
        select(OrderLine.id, OrderLine.units).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    )
    return {line_id: units for line_id, units in rows}  # noqa: C416 - dict() can't type a row
