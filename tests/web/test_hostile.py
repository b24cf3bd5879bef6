"""What a hostile buyer or a careless clerk tried, and what must come of it: nothing."""

import struct
import zlib

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.packings import save_sku
from catalog.products.queries import get_skus_for_sale
from catalog.stock.models import StockRow
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput
from marketplace.kernel.images import render_widths
from marketplace.parties.admission import reinstate_supplier, suspend_supplier
from marketplace.parties.rules import SupplierKind
from orders.checkout.commands import place
from orders.ledger.verification import verify
from orders.ordering.models import LineIncome
from orders.refunds.commands import cancel_order
from supplier_portal.listings.commands import adjust_stock
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client

pytestmark = pytest.mark.usefixtures("app")


def test_a_lot_never_holds_more_units_than_its_total_was_agreed_for(app: Flask) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    clerk = builders.owner_of(world["supplier"])
    adjust_stock(clerk, world["stock_row"], -2, "坏了两份")
    adjust_stock(clerk, world["stock_row"], 2, "数错了，都在")
    with pytest.raises(InvalidInput, match=r"stock\.above_lot"):
        adjust_stock(clerk, world["stock_row"], 1, "多出一份")
    sales.paid_orders({world["sku"]: 10})
    with pytest.raises(InvalidInput, match=r"stock\.above_lot"):
        adjust_stock(clerk, world["stock_row"], 1, "又多一份")
    assert sum(db.session.scalars(select(LineIncome.fen))) == 15_000
    assert not verify()


def test_a_price_stays_above_what_goods_held_by_an_unpaid_order_promise(app: Flask) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    order_builders.placed_orders({world["sku"]: 10})
    assert db.session.get_one(StockRow, world["stock_row"]).available == 0
    with pytest.raises(InvalidInput, match=r"listing\.price_below_floor"):
        save_sku(
            builders.owner_of(world["supplier"]),
            world["listing"],
            world["sku"],
            name="5斤",
            grams=2500,
            price_fen=1000,
        )


def test_counting_adds_no_units_beside_the_lots_households_are_paid_for(app: Flask) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    plain = builders.stock(world["sku"], 5)  # from before the terms that buy from households
    clerk = builders.owner_of(world["supplier"])
    adjust_stock(clerk, plain, -1, "坏了一份")
    with pytest.raises(InvalidInput, match=r"stock\.above_lot"):
        adjust_stock(clerk, plain, 2, "别处进的货")
    assert db.session.get_one(StockRow, plain).available == 4


def png_header(width: int, height: int) -> bytes:
    """The beginning of a picture that claims to be this large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    size = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", zlib.compress(b"\0" * 1000))


@pytest.mark.parametrize("side", [6_000, 10_400, 60_000], ids=["36 MP", "a telephone's 108 MP", "a bomb"])
def test_a_picture_that_is_too_large_is_said_to_be_too_large(side: int) -> None:
    with pytest.raises(InvalidInput, match=r"upload\.too_many_pixels"):
        render_widths(png_header(side, side))


def test_a_cancelled_order_claims_no_income_of_households(app: Flask, client: Client) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    order_id = sales.paid_orders({world["sku"]: 1})[0]
    buyer, number = sales.buyer_of(order_id)
    address = f"/o/{buyer.checkout_token}/{number}"
    assert "农户收入 ¥15.00" in client.get(address).get_data(as_text=True)
    cancel_order(buyer, number, "不要了")
    page = client.get(address).get_data(as_text=True)
    assert "农户收入 ¥15.00" not in page
    assert "已经原样冲回" in page


@pytest.mark.parametrize(
    "asked", ["from=2026-12-31&to=2026-01-01", "from=2026-01-01&to=", "from=2020-01-01&to=2026-01-01"]
)
def test_a_period_that_can_not_be_is_said_and_stays_typed(app: Flask, client: Client, asked: str) -> None:
    builders.sign_in(client, builders.official_of(builders.COUNTY))
    page = client.get(f"/reports?period=custom&{asked}").get_data(as_text=True)
    assert "前后写反" in page
    assert f'name="from" value="{asked[5:15]}"' in page
    assert "前后写反" not in client.get("/reports?period=2026").get_data(as_text=True)


def test_a_bounce_without_a_reason_is_refused(app: Flask, client: Client) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    sales.sold_and_completed({world["sku"]: 1})
    paid = sales.pay_household(world["supplier"], world["household"])
    builders.sign_in(client, builders.owner_of(world["supplier"]))
    page = client.get(f"/supplier/disbursements/{paid}").get_data(as_text=True)
    secret = page.split('name="csrf_token"')[-1].split('value="')[1].split('"')[0]
    response = client.post(f"/supplier/disbursements/{paid}", data={"csrf_token": secret, "reason": " "})
    assert response.status_code == 422


def test_a_suspended_supplier_and_whom_it_sponsors_sell_nothing(app: Flask, client: Client) -> None:
    sponsor = builders.supplier()
    home = builders.household()
    pilot = builders.supplier(kind=SupplierKind.PILOT_HOUSEHOLD, sponsor_id=sponsor, household_id=home)
    skus = [builders.saleable(supplier_id=each)["sku"] for each in (sponsor, pilot)]
    admin = builders.admin()

    def on_sale() -> list[bool]:
        found = get_skus_for_sale(skus)
        return [found[each].on_sale for each in skus]

    assert on_sale() == [True, True]
    owner = order_builders.cart_with(dict.fromkeys(skus, 1))
    suspend_supplier(admin, pilot, "证照过期待补")
    assert on_sale() == [True, False]
    reinstate_supplier(admin, pilot, "证照补齐了")
    suspend_supplier(admin, sponsor, "食品安全约谈")
    assert on_sale() == [False, False]
    with pytest.raises(Conflict, match=r"checkout\.gone"):
        place(owner, order_builders.wish_for(owner))
    reinstate_supplier(admin, sponsor, "整改完成")
    assert on_sale() == [True, True]


def test_beyond_the_end_of_a_list_one_comes_to_its_last_page(app: Flask, client: Client) -> None:
    """Whoever deals with the last thing on the last page is not told that there is nothing at all."""
    world = builders.saleable(units=50)
    sales.paid_orders({world["sku"]: 1})
    builders.sign_in(client, builders.owner_of(world["supplier"]))
    sent = client.get("/supplier/orders?state=&q=&page=7")
    assert (sent.status_code, sent.headers["Location"]) == (303, "?state=&q=&page=1")
    assert client.get("/supplier/orders?page=1").status_code == 200
    nothing = client.get("/supplier/refunds?page=7", follow_redirects=True)
    assert (nothing.status_code, nothing.request.query_string) == (200, b"page=1")
