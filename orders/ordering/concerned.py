"""Who bought an order, or belongs to who sells it, decides nothing about it (谁的事谁回避)."""

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden
from marketplace.parties.models import Supplier
from orders.ordering.models import Order


def acts_for_seller(actor: Actor, supplier_id: int) -> bool:
    """Whether a person belongs to a supplier or to its sponsor. No statement for who belongs to none."""
    if not actor.supplier_ids:
        return False
    sponsor_id = db.session.scalar(select(Supplier.sponsor_id).where(Supplier.id == supplier_id))
    return not {supplier_id, sponsor_id}.isdisjoint(actor.supplier_ids)


def is_concerned(actor: Actor, order: Order) -> bool:
    """Whether a person bought an order, is of the unit that did, or belongs to who sells it."""
    bought = order.user_id == actor.user_id or order.unit_id in actor.unit_ids
    return bought or acts_for_seller(actor, order.supplier_id)


def refuse_concerned(actor: Actor, order: Order) -> None:
    """Raise Forbidden ``orders.own_money`` for who is."""
    if is_concerned(actor, order):
        raise Forbidden("orders.own_money")


def refuse_of_seller(actor: Actor, supplier_id: int) -> None:
    """Raise Forbidden ``orders.own_money`` for who belongs to it."""
    if acts_for_seller(actor, supplier_id):
        raise Forbidden("orders.own_money")
