"""Orders for tests: a bare row to hang things on, and one placed through the real checkout."""

from marketplace.kernel import clock
from marketplace.kernel.numbering import new_order_number, new_token
from marketplace.kernel.transaction import transactional
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from tests.factories.builders import STREET, added


@transactional
def bare_order(supplier_id: int, *, user_id: int | None = None, goods_fen: int = 0) -> int:
    """An order without lines, placed now by a guest unless a member is named. Returns its id."""
    checkout_id = added(
        Checkout(
            token=new_token(),
            idempotency_key=new_token(),
            user_id=user_id,
            payment_method=PaymentMethod.ONLINE,
            total_fen=goods_fen,
            placed_at=clock.now(),
        )
    )
    return added(
        Order(
            number=new_order_number(),
            checkout_id=checkout_id,
            supplier_id=supplier_id,
            user_id=user_id,
            state=OrderState.PLACED,
            payment_method=PaymentMethod.ONLINE,
            goods_fen=goods_fen,
            freight_fen=0,
            total_fen=goods_fen,
            recipient="测试",
            mobile="19900001234",
            street_code=STREET,
            address_detail="示例小区 1 号楼",
            placed_at=clock.now(),
            reserved_until=clock.now(),
        )
    )
