"""A buyer's slip in the address, put right before anything is shipped."""

from marketplace.accounts.addresses import check_street
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput
from marketplace.kernel.transaction import transactional
from marketplace.regions.rules import province_code_of
from orders.ordering import commands as ordering
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.capture import locked_order
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer

CHANGEABLE = (OrderState.PLACED, OrderState.RELEASED)


def may_change_address(order: Order) -> bool:
    return order.state in CHANGEABLE and order.pickup_outlet_id is None and order.visit_on is None


@transactional
def change_address(buyer: Buyer, order_number: str, to: DeliverTo) -> None:
    """Within the province: another one would cost another freight, or be excluded.

    Raises NotFound, Conflict ``fulfilment.address_fixed`` and ``…pickup``, InvalidInput at ``region``.
    """
    order = locked_order(require_buyers_order(buyer, order_number).id)
    if order.pickup_outlet_id is not None:
        raise Conflict("fulfilment.address_pickup")
    if order.state not in CHANGEABLE or order.visit_on is not None:
        raise Conflict("fulfilment.address_fixed")
    street = check_street(to.street_code)
    if province_code_of(street) != province_code_of(order.street_code):
        raise InvalidInput("fulfilment.other_province", field="region")
    order.recipient, order.mobile = to.recipient, to.mobile
    order.street_code, order.address_detail = street, to.detail
    ordering.add_event(order.id, "address_changed", buyer.user_id)
    audit.record(buyer.user_id, "order.address", "order", order.id)
    db.session.flush()
