"""Whether the self-check names a sale depends on what its certificate was at that moment (I13), not on what it is."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from certification.certificates.models import Certificate, CertificateStep
from certification.certificates.workflow import CertificateState
from marketplace.kernel import clock
from marketplace.kernel.transaction import transaction
from orders.ledger.verification import verify
from orders.ordering.models import Order
from tests.factories import builders, order_builders

#: steps of a certificate as (minute, state), when the order was placed, whether it is named
SOLD_WHEN = {
    "before the suspension": ([(10, "suspended"), (20, "in_force")], 9, False),
    "at the very moment of the suspension": ([(10, "suspended"), (20, "in_force")], 10, False),
    "in the suspension": ([(10, "suspended"), (20, "in_force")], 15, True),
    "at the very moment of the reinstatement": ([(10, "suspended"), (20, "in_force")], 20, False),
    "after the suspension": ([(10, "suspended"), (20, "in_force")], 21, False),
    "between two suspensions": (
        [(10, "suspended"), (12, "in_force"), (14, "suspended"), (16, "in_force")],
        13,
        False,
    ),
    "in the second suspension": (
        [(10, "suspended"), (12, "in_force"), (14, "suspended"), (16, "in_force")],
        15,
        True,
    ),
    "suspended and reinstated within a moment": ([(10, "suspended"), (10, "in_force")], 11, False),
    "before the revocation": ([(10, "suspended"), (20, "revoked")], 5, False),
    "after the revocation": ([(10, "suspended"), (20, "revoked")], 25, True),
    "after it expired": ([(10, "expired")], 11, True),
    "under an older version while it was the newest": ([(10, "superseded")], 9, False),
    "under an older version once there was a newer": ([(10, "superseded")], 11, True),
}


@pytest.mark.parametrize(("steps", "placed", "named"), SOLD_WHEN.values(), ids=SOLD_WHEN.keys())
def test_when_it_was_sold_decides(app: Flask, steps: list[tuple[int, str]], placed: int, named: bool) -> None:
    """Rows made by hand; what the certificate is today is of no matter."""
    world = builders.saleable(units=20, price_fen=2999, lot_total_fen=31_003)
    first = clock.now() + timedelta(minutes=1)
    order_builders.placed_orders({world["sku"]: 1})
    with transaction() as session:
        [held] = session.scalars(
            select(Certificate.id).where(Certificate.product_id == world["product"])
        ).all()
        before = CertificateState.IN_FORCE
        for minute, state in steps:
            after = CertificateState(state)
            session.add(
                CertificateStep(
                    certificate_id=held,
                    action="by hand",
                    from_state=before,
                    to_state=after,
                    at=first + timedelta(minutes=minute),
                )
            )
            session.flush()
            before = after
        session.execute(update(Order).values(placed_at=first + timedelta(minutes=placed)))
    assert [finding.invariant for finding in verify()] == (["I13"] if named else [])
