"""Where an order goes that is fetched at an outlet: the outlet's address, the buyer's name and number."""

from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.outlets.queries import OutletRow, get_outlet
from orders.ordering.commands import DeliverTo


def find_pickup_outlet(outlet_id: int) -> OutletRow | None:
    """An open outlet that takes parcels in, or None; 0 asks for none."""
    if not outlet_id:
        return None
    try:
        outlet = get_outlet(outlet_id)
    except NotFound:
        return None
    return outlet if outlet.is_open and outlet.takes_pickups else None


def deliver_to_outlet(outlet_id: int, recipient: str, mobile: str) -> DeliverTo:
    """Raises InvalidInput ``checkout.outlet`` at ``outlet`` where nothing can be fetched."""
    outlet = find_pickup_outlet(outlet_id)
    if outlet is None:
        raise InvalidInput("checkout.outlet", field="outlet")
    return DeliverTo(recipient, mobile, outlet.street_code, f"{outlet.address}（{outlet.name}）", outlet.id)


def check_destination(deliver_to: DeliverTo) -> None:
    """A pick-up goes to an outlet that takes it in now, and nowhere else. Raises InvalidInput ``checkout.outlet``."""
    if deliver_to.pickup_outlet_id is None:
        return
    there = deliver_to_outlet(deliver_to.pickup_outlet_id, deliver_to.recipient, deliver_to.mobile)
    if there != deliver_to:
        raise InvalidInput("checkout.outlet", field="outlet")
