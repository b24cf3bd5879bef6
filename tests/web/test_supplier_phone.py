"""The number a supplier publishes for its buyers: said by itself, shown on the order and the seller's page, and never
the number of its contact."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import Supplier
from orders.ordering.models import Checkout, Order
from tests.factories import builders, order_builders
from tests.support.clients import Client
from tests.web.test_buying import hidden

World = dict[str, int]
PHONE, TEL = "029 0000 0701", 'href="tel:02900000701"'
CONTACT = "/supplier/papers/contact"


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable()


def publish(supplier_id: int, phone: str) -> None:
    with transaction():
        db.session.execute(update(Supplier).where(Supplier.id == supplier_id).values(public_phone=phone))


def html(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.get_data(as_text=True)


def test_an_order_says_whom_to_call_to_a_member_and_to_a_guest(kiwi: World, client: Client) -> None:
    buyer = builders.user()
    order_builders.placed_orders({kiwi["sku"]: 1}, user_id=buyer.user_id)
    order_builders.placed_orders({kiwi["sku"]: 1})
    mine, guests = db.session.execute(
        select(Order.number, Checkout.token)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .order_by(Order.id)
    ).all()
    private = db.session.scalars(select(Supplier.contact_mobile)).one()
    guest = f"/o/{guests.token}/{guests.number}"
    assert "tel:" not in html(client, guest)
    publish(kiwi["supplier"], PHONE)
    assert TEL in html(client, guest)
    assert private not in html(client, guest)
    builders.sign_in(client, buyer)
    page = html(client, f"/my/orders/{mine.number}")
    assert TEL in page
    assert PHONE in page


def test_buyers_of_a_pilot_call_who_vouches_for_it(kiwi: World, client: Client) -> None:
    sponsor = builders.supplier(builders.VILLAGE)
    publish(sponsor, PHONE)
    with transaction():
        db.session.execute(
            update(Supplier)
            .where(Supplier.id == kiwi["supplier"])
            .values(sponsor_id=sponsor, uscc=None, household_id=kiwi["household"])
        )
    order_builders.placed_orders({kiwi["sku"]: 1})
    number, token = db.session.execute(
        select(Order.number, Checkout.token).join(Checkout, Checkout.id == Order.checkout_id)
    ).one()
    assert TEL in html(client, f"/o/{token}/{number}")
    assert TEL in html(client, f"/s/{kiwi['supplier']}")
    publish(kiwi["supplier"], "19900000702")
    assert TEL not in html(client, f"/o/{token}/{number}")
    assert "tel:19900000702" in html(client, f"/s/{kiwi['supplier']}")


def test_the_owner_publishes_it_and_a_wrong_one_is_told_at_its_field(kiwi: World, client: Client) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    builders.sign_in(client, owner)
    page = html(client, CONTACT)
    sent = hidden(page) | {"contact_name": "刘示安", "contact_mobile": "19900000101", "story": ""}
    refused = client.post(CONTACT, data=sent | {"public_phone": "8888"})
    assert refused.status_code == 422
    assert "带区号的座机" in refused.text
    assert 'value="8888"' in refused.text
    assert client.post(CONTACT, data=sent | {"public_phone": "０２９-00000701"}).status_code == 302
    assert db.session.scalars(select(Supplier.public_phone)).one() == PHONE
    assert f'value="{PHONE}"' in html(client, CONTACT)
    assert TEL in html(client, f"/s/{kiwi['supplier']}")
    assert client.post(CONTACT, data=sent | {"public_phone": ""}).status_code == 302
    assert "tel:" not in html(client, f"/s/{kiwi['supplier']}")
