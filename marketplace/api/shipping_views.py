"""What a supplier's program, or the carrier for it, tells of its parcels."""

from marketplace.accounts.web import require_actor
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.kernel.errors import InvalidFields
from orders.fulfilment.rules import TrackingSource
from orders.fulfilment.tracking import Seen, tell_seen


def tell(ask: Ask) -> Answer:
    """POST: all of them or none; the same ones again change nothing."""
    seen = [Seen(each["tracking_number"], each["at"], each["text"]) for each in ask.body["entries"]]
    try:
        return Answer({"new": tell_seen(require_actor(), seen, TrackingSource.PROGRAM)})
    except InvalidFields as error:
        raise InvalidFields({f"entries.{name}": said for name, said in error.errors.items()}) from error
