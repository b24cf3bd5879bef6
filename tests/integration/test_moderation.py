"""强制下架: nobody buys it, its supplier is told and can't put it up, and it ends with a reason."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products import moderation, pricing
from catalog.products.commands import put_on_sale, take_off_sale
from catalog.products.models import Listing
from catalog.products.moderation import Asked, Wanted
from catalog.products.pictures import add_picture
from catalog.products.queries import get_skus_for_sale
from catalog.products.rules import Readiness
from catalog.products.workflow import ListingState
from certification.certificates.models import Certificate
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from tests.factories import builders as build
from tests.factories.certifying import picture

World = dict[str, int]
WHY, WELL = "标签上的净含量不对，请改", "改好了，核对过"


@pytest.fixture
def kiwi(app: Flask) -> World:
    made = build.saleable(price_fen=3000, units=10)
    add_picture(build.owner_of(made["supplier"]), made["listing"], picture(), "一筐猕猴桃")
    return made


def state_of(kiwi: World) -> ListingState:
    return db.session.scalars(select(Listing.state).where(Listing.id == kiwi["listing"])).one()


def test_held_back_and_shown_again(kiwi: World) -> None:
    admin, owner = build.admin(), build.owner_of(kiwi["supplier"])
    moderation.withhold(admin, kiwi["listing"], WHY)
    assert state_of(kiwi) is ListingState.WITHHELD
    assert not get_skus_for_sale([kiwi["sku"]])[kiwi["sku"]].on_sale
    with pytest.raises(Conflict) as refused:
        put_on_sale(owner, kiwi["listing"])
    assert refused.value.code == "moderation.withheld"
    with pytest.raises(Conflict):
        moderation.withhold(admin, kiwi["listing"], WHY)
    assert owner.user_id in db.session.scalars(select(Message.user_id)).all()
    assert moderation.show_again(admin, kiwi["listing"], WELL) is ListingState.ON_SALE
    assert get_skus_for_sale([kiwi["sku"]])[kiwi["sku"]].on_sale
    with pytest.raises(Conflict):
        moderation.show_again(admin, kiwi["listing"], WELL)
    moderation.withhold(admin, kiwi["listing"], WHY)
    assert [bool(each.ended_at) for each in moderation.holdings_of(kiwi["listing"])] == [False, True]
    reasons = db.session.scalars(
        select(AuditEntry.reason).where(AuditEntry.subject == "listing", AuditEntry.reason.is_not(None))
    )
    assert list(reasons) == [WHY, WELL, WHY]


@pytest.mark.parametrize("taken_off", [True, False])
def test_what_was_off_or_lacks_something_stays_off(kiwi: World, taken_off: bool) -> None:
    admin, owner = build.admin(), build.owner_of(kiwi["supplier"])
    if taken_off:
        take_off_sale(owner, kiwi["listing"])
    moderation.withhold(admin, kiwi["listing"], WHY)
    if not taken_off:
        with transaction() as session:
            for certificate in session.scalars(select(Certificate)):
                certificate.valid_until = certificate.valid_from
    assert moderation.show_again(admin, kiwi["listing"], WELL) is ListingState.OFF_SALE
    if taken_off:
        put_on_sale(owner, kiwi["listing"])
        assert state_of(kiwi) is ListingState.ON_SALE


def test_held_back_while_its_supplier_puts_it_up(
    app: Flask, kiwi: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, owner = build.admin(), build.owner_of(kiwi["supplier"])
    take_off_sale(owner, kiwi["listing"])
    readiness = pricing.readiness

    def withhold() -> None:
        with app.app_context():
            moderation.withhold(admin, kiwi["listing"], WHY)

    meanwhile = threading.Thread(target=withhold)

    def looked_at(listing_id: int, fee_bp: int) -> Readiness:
        meanwhile.start()
        meanwhile.join(0.5)
        return readiness(listing_id, fee_bp)

    monkeypatch.setattr(pricing, "readiness", looked_at)
    put_on_sale(owner, kiwi["listing"])
    meanwhile.join()
    db.session.rollback()
    db.session.expire_all()
    assert state_of(kiwi) is ListingState.WITHHELD


def test_only_the_admin_and_only_with_a_reason(kiwi: World) -> None:
    for command in (moderation.withhold, moderation.show_again):
        with pytest.raises(Forbidden):
            command(build.owner_of(kiwi["supplier"]), kiwi["listing"], WHY)
        with pytest.raises(NotFound):
            command(build.admin(), 999_999, WHY)
        for reason in ("不行", "长" * 201):
            with pytest.raises(InvalidInput):
                command(build.admin(), kiwi["listing"], reason)
    assert state_of(kiwi) is ListingState.ON_SALE


def test_the_list_is_narrowed_by_words_supplier_and_state(kiwi: World) -> None:
    found = moderation.desk_page
    title = db.session.get_one(Listing, kiwi["listing"]).title
    assert [row.listing_id for row in found(Asked(words=title[2:4]), 1).items] == [kiwi["listing"]]
    assert found(Asked(words="100%_没有"), 1).total == 0
    assert found(Asked(supplier_id=kiwi["supplier"], wanted=Wanted.SHOWN), 1).total == 1
    assert found(Asked(supplier_id=kiwi["supplier"] + 1), 1).total == 0
    assert [found(Asked(wanted=each), 1).total for each in (Wanted.STOPPED, Wanted.OFF, Wanted.WITHHELD)] == [
        0,
        0,
        0,
    ]
    moderation.withhold(build.admin(), kiwi["listing"], WHY)
    (row,) = found(Asked(wanted=Wanted.WITHHELD), 1).items
    assert (row.reason, row.shown) == (WHY, False)
