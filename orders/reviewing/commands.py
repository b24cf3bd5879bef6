"""A member reviews what was received. The order's lock makes two reviews of one line take turns."""

from collections.abc import Sequence

from catalog.questions import commands as questions
from catalog.reviews import commands as reviews
from catalog.reviews.commands import Bought, Opinion
from marketplace.accounts.policies import Actor
from marketplace.kernel.errors import Conflict
from marketplace.kernel.media import Upload
from marketplace.kernel.transaction import transactional
from orders.payments.capture import locked_order
from orders.reviewing.queries import has_received, require_own_line
from orders.reviewing.rules import may_review


@transactional
def write_review(
    actor: Actor, number: str, line_id: int, opinion: Opinion, photos: Sequence[Upload] = ()
) -> int:
    """Returns the review. Raises NotFound for somebody else's line, Conflict before receipt, after a refund of the
    whole line or for a second review, InvalidInput."""
    order, _ = require_own_line(actor, number, line_id)
    order = locked_order(order.id)
    _, line = require_own_line(actor, number, line_id)
    if not may_review(order.state, line.units, line.refunded_units):
        raise Conflict("reviews.not_now")
    bought = Bought(line.id, line.listing_id, order.supplier_id, line.sku_name)
    return reviews.add_review(actor, bought, opinion, photos)


@transactional
def add_follow_up(actor: Actor, number: str, line_id: int, text: str) -> None:
    """追评. Raises NotFound, Conflict, InvalidInput."""
    require_own_line(actor, number, line_id)
    reviews.follow_up(actor, line_id, text)


@transactional
def answer_question(actor: Actor, listing_id: int, question_id: int, text: str) -> None:
    """Raises NotFound, Conflict for somebody who neither sells nor received it, InvalidInput."""
    received = has_received(actor.user_id, listing_id)
    questions.answer(actor, listing_id, question_id, text, received=received)
