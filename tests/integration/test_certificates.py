"""What happens to a certificate after it was issued: causes, findings, catalogues, reminders, and orders it stops."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from certification.certificates import catalogues, findings, histories
from certification.certificates.commands import reinstate_certificate, revoke_certificate, suspend_certificate
from certification.certificates.models import Certificate
from certification.certificates.queries import get_certificate, stopped_for_food_safety
from certification.certificates.rules import FindingKind, StopCause
from certification.certificates.telling import remind_of_expiry
from certification.certificates.workflow import CertificateState
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from orders.fulfilment.commands import ship
from orders.ledger.verification import verify
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment
from orders.refunds.models import Refund
from tests.factories import builders, order_builders, sales


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    return builders.saleable()


@pytest.fixture
def certificate(world: dict[str, int]) -> int:
    return db.session.scalars(select(Certificate.id).where(Certificate.product_id == world["product"])).one()


def test_a_stop_says_why_and_its_end_forgets_it(app: Flask, certificate: int) -> None:
    city = builders.official_of(builders.CITY)
    suspend_certificate(city, certificate, "抽检农残超标", StopCause.FOOD_SAFETY)
    row = db.session.get_one(Certificate, certificate)
    assert (row.state, row.stop_cause) == (CertificateState.SUSPENDED, StopCause.FOOD_SAFETY)
    assert stopped_for_food_safety([row.product_id]) == {row.product_id}
    reinstate_certificate(city, certificate, "复检合格")
    db.session.refresh(row)
    assert (row.state, row.stop_cause) == (CertificateState.IN_FORCE, None)
    assert stopped_for_food_safety([row.product_id]) == set()
    happened = histories.steps_of_certificates([certificate])
    assert [(step.action, step.cause) for step in happened] == [
        ("suspend", StopCause.FOOD_SAFETY),
        ("reinstate", None),
    ]


def test_a_certificate_past_its_last_day_is_not_reinstated(
    app: Flask, certificate: int, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    city = builders.official_of(builders.CITY)
    suspend_certificate(city, certificate, "证照过期", StopCause.PAPERS)
    with transaction() as session:
        session.execute(
            update(Certificate).values(
                valid_from=clock.today() - timedelta(days=9), valid_until=clock.today() - timedelta(days=1)
            )
        )
    with pytest.raises(Conflict, match="past_validity"):
        reinstate_certificate(city, certificate, "证照已换新")


def test_a_finding_is_kept_closed_once_and_cited(app: Flask, world: dict[str, int], certificate: int) -> None:
    owner = builders.owner_of(world["supplier"])
    county, other = builders.official_of(builders.COUNTY), builders.official_of(builders.OTHER_COUNTY)
    with pytest.raises(NotFound):
        findings.record_finding(other, certificate, FindingKind.INSPECTION, "冷库没有温度记录")
    with pytest.raises(NotFound):
        findings.record_finding(
            builders.official_of(builders.TOWN), certificate, FindingKind.INSPECTION, "冷库没有温度记录"
        )
    with pytest.raises(InvalidInput):
        findings.record_finding(county, certificate, FindingKind.INSPECTION, " ")
    finding = findings.record_finding(
        county, certificate, FindingKind.INSPECTION, "冷库没有温度记录", {"度": 9}
    )
    assert findings.findings_of([certificate])[certificate][0].is_open
    assert db.session.scalars(select(Message.user_id)).all() == [owner.user_id]
    city = builders.official_of(builders.CITY)
    elsewhere = builders.certificate(builders.product(builders.supplier()))
    with pytest.raises(InvalidInput, match="foreign_finding"):
        suspend_certificate(city, elsewhere, "一并暂停", StopCause.OTHER, finding)
    suspend_certificate(city, certificate, "限期整改", StopCause.OTHER, finding)
    assert histories.steps_of_certificates([certificate])[-1].finding_id == finding
    findings.close_finding(county, finding, "补了温度记录，复查通过")
    with pytest.raises(Conflict):
        findings.close_finding(county, finding, "再办一次")


def test_only_one_of_two_hands_moves_it(app: Flask, certificate: int) -> None:
    city = builders.official_of(builders.CITY)
    revoke_certificate(city, certificate, "弄虚作假", StopCause.BENEFIT)
    with pytest.raises(IllegalTransition):
        suspend_certificate(city, certificate, "暂停一下", StopCause.OTHER)


@pytest.mark.parametrize(
    ("left", "told"), [(61, 0), (60, 1), (31, 1), (30, 1), (8, 1), (7, 1), (0, 1), (-1, 0)]
)
def test_its_holder_is_reminded_once_for_each_mark(
    app: Flask, world: dict[str, int], certificate: int, left: int, told: int
) -> None:
    builders.owner_of(world["supplier"])
    with transaction() as session:
        session.execute(
            update(Certificate).values(
                valid_from=clock.today() - timedelta(days=90),
                valid_until=clock.today() + timedelta(days=left),
            )
        )
    assert (remind_of_expiry(), remind_of_expiry()) == (told, 0)


def test_a_catalogue_is_fixed_when_published(app: Flask, world: dict[str, int], certificate: int) -> None:
    city = builders.official_of(builders.CITY)
    with pytest.raises(NotFound):
        catalogues.start_batch(builders.official_of(builders.COUNTY), "周至目录")
    batch = catalogues.start_batch(city, "西安市扶贫产品目录")
    with pytest.raises(Conflict, match="empty"):
        catalogues.publish_batch(city, batch)
    second = builders.certificate(builders.product(builders.supplier()))
    assert catalogues.add_entries(city, batch, [certificate, second, 9999]) == 2
    assert catalogues.add_entries(city, batch, [certificate]) == 0
    catalogues.move_entry(city, batch, second, up=True)
    draft = catalogues.get_batch(batch, published_only=False)
    assert [row.certificate_id for row in catalogues.entries_of(draft)] == [second, certificate]
    with pytest.raises(NotFound):
        catalogues.get_batch(batch)
    suspend_certificate(city, second, "证照过期", StopCause.PAPERS)
    with pytest.raises(Conflict, match="not_in_force"):
        catalogues.publish_batch(city, batch)
    catalogues.remove_entry(city, batch, second)
    assert catalogues.publish_batch(city, batch) == 1
    for refused in (
        lambda: catalogues.add_entries(city, batch, [second]),
        lambda: catalogues.remove_entry(city, batch, certificate),
        lambda: catalogues.publish_batch(city, batch),
    ):
        with pytest.raises(Conflict, match="published"):
            refused()
    published = catalogues.get_batch(batch)
    assert published.name.endswith("第 1 批")
    assert [row.facts["product"] for row in catalogues.entries_of(published)]
    assert [row.id for row in catalogues.batches_of(certificate)] == [batch]


def stop(product: int, cause: StopCause) -> None:
    number = db.session.scalars(select(Certificate.number).where(Certificate.product_id == product)).one()
    suspend_certificate(builders.official_of(builders.CITY), get_certificate(number).id, "抽检不合格", cause)
    while outbox.run_pending():
        pass
    db.session.expire_all()


def test_food_safety_stops_what_is_ordered_and_not_shipped(app: Flask, world: dict[str, int]) -> None:
    paid = sales.paid_orders({world["sku"]: 3})[0]
    unpaid = order_builders.placed_orders({world["sku"]: 1})[0]
    begun = sales.paid_orders({world["sku"]: 4})[0]
    owner = builders.owner_of(world["supplier"])
    line = db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == begun)).one()
    ship(owner, begun, "顺丰", "SF1", {line: 1})
    stop(world["product"], StopCause.FOOD_SAFETY)

    states = dict(db.session.execute(select(Order.id, Order.state)).all())
    assert (states[paid], states[unpaid]) == (OrderState.CANCELLED, OrderState.CANCELLED)
    assert states[begun] is OrderState.SHIPPED
    refunded = dict(db.session.execute(select(Payment.order_id, Payment.refunded_fen)).all())
    captured = dict(db.session.execute(select(Payment.order_id, Payment.captured_fen)).all())
    assert refunded[paid] == captured[paid] > 0
    assert refunded[unpaid] == 0
    assert db.session.get_one(OrderLine, line).refunded_units == 3
    assert list(verify()) == []
    before = len(db.session.scalars(select(Refund.id)).all())
    stop_again(world["product"])
    assert len(db.session.scalars(select(Refund.id)).all()) == before


def stop_again(product: int) -> None:
    with transaction():
        outbox.enqueue("orders.stop_unshipped", {"product_id": product})
    while outbox.run_pending():
        pass
    db.session.expire_all()


def test_it_stops_the_parcel_that_is_just_being_packed(app: Flask, world: dict[str, int]) -> None:
    order = sales.paid_orders({world["sku"]: 2})[0]
    line = db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order)).one()
    owner = builders.owner_of(world["supplier"])
    certificate = db.session.scalars(select(Certificate.id)).one()
    suspend_certificate(builders.official_of(builders.CITY), certificate, "抽检不合格", StopCause.FOOD_SAFETY)
    with pytest.raises(Conflict, match="food_safety"):
        ship(owner, order, "顺丰", "SF1", {line: 2})


@pytest.mark.parametrize("cause", [each for each in StopCause if each is not StopCause.FOOD_SAFETY])
def test_placed_orders_are_honoured_otherwise(app: Flask, world: dict[str, int], cause: StopCause) -> None:
    order = sales.paid_orders({world["sku"]: 2})[0]
    stop(world["product"], cause)
    line = db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order)).one()
    ship(builders.owner_of(world["supplier"]), order, "顺丰", "SF1", {line: 2})
    assert db.session.get_one(Order, order).state is OrderState.SHIPPED
    assert list(verify()) == []
