"""Listings through their commands: nothing is sold that may not be, nothing priced below what was promised."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage

from catalog.products import commands, own_queries, packings, pictures, pricing, queries
from catalog.products.models import Listing, Sku
from catalog.products.workflow import ListingState
from catalog.stock.models import StockRow
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.linkage.models import LinkageAgreement
from certification.linkage.rules import LinkageMode
from certification.linkage.workflow import AgreementState
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from tests.factories import builders as build

pytestmark = pytest.mark.usefixtures("app")


def picture() -> FileStorage:
    out = BytesIO()
    Image.new("RGB", (240, 200), "green").save(out, "PNG")
    out.seek(0)
    return FileStorage(out, "kiwi.png")


@pytest.fixture
def world() -> dict[str, int]:
    return build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)


@pytest.fixture
def owner(world: dict[str, int]) -> Actor:
    return build.owner_of(world["supplier"])


def set_to(model: type, row_id: int, **values: object) -> None:
    with transaction() as session:
        session.execute(update(model).where(model.id == row_id).values(**values))  # type: ignore[attr-defined]


def shown(listing_id: int) -> bool:
    return bool(queries.cards_by_id([listing_id]))


def test_a_product_becomes_a_listing_on_sale_step_by_step(app: Flask) -> None:
    supplier = build.supplier()
    owner = build.owner_of(supplier)
    product = build.product(supplier)
    with pytest.raises(InvalidInput, match=r"listing\.no_certificate"):
        commands.create_listing(owner, product, "周至翠香猕猴桃")
    build.certificate(product)
    listing = commands.create_listing(owner, product, "周至翠香猕猴桃", season_months=[10, 9, 10])
    missing = []
    steps: list[Callable[[], object]] = [
        lambda: build.agreement(supplier, product, [build.household()], modes={LinkageMode.DIVIDEND: 1000}),
        lambda: packings.save_sku(owner, listing, None, name="5斤", grams=2500, price_fen=2990),
        lambda: pictures.add_picture(owner, listing, picture(), "一盘猕猴桃"),
    ]
    for step in steps:
        with pytest.raises(InvalidInput) as refused:
            commands.put_on_sale(owner, listing)
        missing.append(refused.value.code)
        step()
    assert missing == ["listing.no_terms", "listing.no_sku", "listing.no_picture"]
    commands.put_on_sale(owner, listing)
    card = queries.cards_by_id([listing])[0]
    assert (card.price_fen, card.income_fen, card.sku_name) == (2990, 299, "5斤")
    assert card.cover_token
    commands.take_off_sale(owner, listing)
    assert not shown(listing)


@pytest.mark.parametrize(
    "lapse",
    [
        lambda w: set_to(Certificate, w["certificate"], state=CertificateState.SUSPENDED),
        lambda w: set_to(Certificate, w["certificate"], state=CertificateState.REVOKED),
        lambda w: set_to(Certificate, w["certificate"], valid_until=clock.today() - timedelta(days=1)),
        lambda w: set_to(LinkageAgreement, w["agreement"], state=AgreementState.ENDED),
        lambda w: set_to(LinkageAgreement, w["agreement"], ends_on=clock.today() - timedelta(days=1)),
        lambda w: set_to(Listing, w["listing"], state=ListingState.OFF_SALE),
    ],
)
def test_what_may_not_be_sold_is_not_shown(
    world: dict[str, int], lapse: Callable[[dict[str, int]], None]
) -> None:
    assert shown(world["listing"])
    assert queries.get_skus_for_sale([world["sku"]])[world["sku"]].on_sale
    lapse(world)
    assert not shown(world["listing"])
    assert not queries.get_skus_for_sale([world["sku"]])[world["sku"]].on_sale


def test_the_last_day_of_a_certificate_still_counts(world: dict[str, int]) -> None:
    set_to(Certificate, world["certificate"], valid_until=clock.today())
    assert shown(world["listing"])


def test_a_price_below_the_floor_is_refused_at_the_field(world: dict[str, int], owner: Actor) -> None:
    # the lot promises 1500 fen a unit and the platform takes 2 %: 1531 − 31 = 1500
    floor = pricing.floors(world["product"], [world["sku"]], 200)[world["sku"]]
    assert floor == 1531
    with pytest.raises(InvalidInput) as refused:
        packings.save_sku(owner, world["listing"], world["sku"], name="5斤", grams=2500, price_fen=floor - 1)
    assert (refused.value.code, refused.value.field) == ("listing.price_below_floor", "price_fen")
    assert refused.value.params == {"floor_fen": 1531}
    assert db.session.get_one(Sku, world["sku"]).price_fen == 3000
    packings.save_sku(owner, world["listing"], world["sku"], name="5斤", grams=2500, price_fen=floor)
    assert db.session.get_one(Listing, world["listing"]).from_price_fen == floor


def test_a_lot_dearer_than_the_price_is_refused(world: dict[str, int]) -> None:
    build.lot(world["agreement"], world["household"], world["sku"], units=10, total_fen=29_500)
    with pytest.raises(InvalidInput, match=r"listing\.lot_above_price"):
        commands.check_lots_fit(world["sku"], "total_fen")


def test_the_projection_follows_the_first_lot(world: dict[str, int]) -> None:
    commands.refresh_projection(world["product"])
    assert queries.skus_of(world["listing"])[0].projected_income_fen == 1500
    second = build.lot(world["agreement"], world["household"], world["sku"], units=10, total_fen=16_000)
    with transaction() as session:
        session.execute(
            update(StockRow).where(StockRow.id == world["stock_row"]).values(available=0, sold=10)
        )
    commands.refresh_projection(world["product"])
    assert second
    assert queries.skus_of(world["listing"])[0].projected_income_fen == 1600
    assert db.session.get_one(Listing, world["listing"]).from_income_fen == 1600


def test_sold_units_never_fall_below_nothing(world: dict[str, int]) -> None:
    commands.add_sold_units(world["listing"], 3)
    commands.add_sold_units(world["listing"], -1)
    assert own_queries.get_listing(world["listing"]).sold_units == 2
    commands.add_sold_units(world["listing"], -9)
    assert own_queries.get_listing(world["listing"]).sold_units == 0


def test_pictures_are_bounded_and_ordered(world: dict[str, int], owner: Actor) -> None:
    listing = world["listing"]
    ids = [pictures.add_picture(owner, listing, picture(), f"第 {n} 张") for n in range(8)]
    with pytest.raises(InvalidInput, match=r"listing\.too_many_pictures"):
        pictures.add_picture(owner, listing, picture(), "第九张")
    pictures.move_picture(owner, listing, ids[1], -1)
    pictures.move_picture(owner, listing, ids[1], -1)
    pictures.move_picture(owner, listing, ids[7], 1)
    order = [row.picture_id for row in queries.pictures_of(listing)]
    assert order == [ids[1], ids[0], *ids[2:]]
    assert db.session.get_one(Listing, listing).cover_token == queries.pictures_of(listing)[0].token
    for each in ids[1:]:
        pictures.remove_picture(owner, listing, each)
    with pytest.raises(Conflict, match=r"listing\.last_picture"):
        pictures.remove_picture(owner, listing, ids[0])


def test_no_picture_that_is_none(world: dict[str, int], owner: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        pictures.add_picture(owner, world["listing"], FileStorage(BytesIO(b"GIF89a"), "a.png"), "假的")
    assert refused.value.field == "picture"
    assert queries.pictures_of(world["listing"]) == []


def test_the_last_packing_on_sale_stays(world: dict[str, int], owner: Actor) -> None:
    with pytest.raises(Conflict, match=r"listing\.last_sku"):
        packings.save_sku(
            owner, world["listing"], world["sku"], name="5斤", grams=2500, price_fen=3000, is_active=False
        )


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "长" * 61}),
        ("grams", {"grams": 0}),
        ("grams", {"grams": 10**9}),
        ("price_fen", {"price_fen": 0}),
        ("price_fen", {"price_fen": -1}),
        ("price_fen", {"price_fen": 10**12}),
    ],
)
def test_a_packing_that_can_not_be(
    world: dict[str, int], owner: Actor, field: str, values: dict[str, object]
) -> None:
    given = {"name": "10斤", "grams": 5000, "price_fen": 5600} | values
    with pytest.raises(InvalidInput) as refused:
        packings.save_sku(owner, world["listing"], None, **given)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert len(queries.skus_of(world["listing"])) == 1


def test_nobody_touches_a_foreign_listing(world: dict[str, int]) -> None:
    stranger = build.owner_of(build.supplier())
    listing, sku = world["listing"], world["sku"]
    attempts: list[Callable[[], object]] = [
        lambda: commands.create_listing(stranger, world["product"], "别人的"),
        lambda: commands.edit_listing(stranger, listing, "别人的"),
        lambda: packings.save_sku(stranger, listing, sku, name="x", grams=1, price_fen=9900),
        lambda: pictures.add_picture(stranger, listing, picture(), "x"),
        lambda: commands.put_on_sale(stranger, listing),
        lambda: commands.take_off_sale(stranger, listing),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()
    assert shown(listing)


def test_a_foreign_packing_is_not_found(world: dict[str, int], owner: Actor) -> None:
    other = build.saleable()
    with pytest.raises(NotFound):
        packings.save_sku(owner, world["listing"], other["sku"], name="x", grams=1, price_fen=9900)


def test_changes_are_told_to_the_index(world: dict[str, int], owner: Actor) -> None:
    from marketplace.kernel.outbox import OutboxMessage

    commands.edit_listing(owner, world["listing"], "新的标题")
    message = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.topic == commands.SEARCH_TOPIC)
    ).one()
    assert message.payload == {"listing_id": world["listing"]}


def test_errors_have_words(app: Flask) -> None:
    from marketplace.kernel.forms import error_text

    text = error_text(DomainError("listing.price_below_floor", floor_fen=1531))
    assert "¥15.31" in text
