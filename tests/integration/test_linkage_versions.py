"""Agreements by version, their signed pages, and prices that stop selling when they no longer pay the households."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products import commands as products
from catalog.products import packings, pricing
from catalog.products.models import Listing, Sku
from catalog.products.rules import blockers
from catalog.products.workflow import ListingState
from catalog.stock.lots import find_traced_lot, get_lot
from catalog.stock.models import StockRow
from catalog.stock.receiving import receive_lot
from certification.linkage.commands import (
    AgreementFacts,
    activate_agreement,
    amend_agreement,
    end_agreement,
)
from certification.linkage.lots import LotDelivery
from certification.linkage.models import LinkageAgreement, SupplyLot
from certification.linkage.papers import add_scan, get_scan_media, remove_scan, scans_of
from certification.linkage.queries import get_agreement, leading_enterprises, terms_in_force, terms_of
from certification.linkage.rules import LinkageMode, LotPayment, Member, ScanKind, Term
from certification.linkage.versions import changes_between, history_of, versions_of
from certification.linkage.workflow import AgreementState
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.messages.models import Message
from marketplace.parties.models import Supplier
from marketplace.parties.rules import SupplierKind
from orders.ledger.verification import verify
from supplier_portal.listings.commands import adjust_stock, spoil_lot
from tests.factories import builders, certifying, labour, sales

FEE_BP = 200
World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=4, price_fen=3000, lot_total_fen=8_000)


def facts(members: list[int], *terms: Term, **partners: object) -> AgreementFacts:
    today = clock.today()
    return AgreementFacts(
        terms,
        tuple(Member(each, 1, 100) for each in members),
        today,
        today + timedelta(days=300),
        **partners,  # type: ignore[arg-type]
    )


def price_of(sku_id: int, price_fen: int, owner_of: int) -> None:
    sku = db.session.get_one(Sku, sku_id)
    packings.save_sku(
        builders.owner_of(owner_of),
        sku.listing_id,
        sku_id,
        name=sku.name,
        grams=sku.grams,
        price_fen=price_fen,
    )


def test_an_amendment_waits_and_then_takes_over(kiwi: World) -> None:
    owner, official = builders.owner_of(kiwi["supplier"]), builders.official_of(builders.CITY)
    wanted = facts(
        [kiwi["household"]],
        Term(LinkageMode.PURCHASE),
        Term(LinkageMode.RENT, 500),
        party_branch="群兴村党支部",
    )
    with pytest.raises(InvalidInput) as refused:
        amend_agreement(owner, kiwi["agreement"], wanted, " ")
    assert refused.value.field == "reason"
    draft = amend_agreement(owner, kiwi["agreement"], wanted, "加一份流转分成")
    with pytest.raises(Conflict, match=r"linkage\.amendment_open"):
        amend_agreement(owner, kiwi["agreement"], wanted, "再改一次")
    assert terms_in_force([kiwi["product"]])[kiwi["product"]].agreement_id == kiwi["agreement"]
    old, new = get_agreement(kiwi["agreement"]), get_agreement(draft)
    terms = terms_of([old.id, new.id])
    labels = [each.label for each in changes_between(old, terms[old.id], new, terms[new.id], {})]
    assert labels[:3] == ["期限", "党支部", "土地流转"]
    with pytest.raises(NotFound):
        activate_agreement(owner, draft)
    activate_agreement(official, draft)
    db.session.expire_all()
    assert old.state is AgreementState.ENDED
    assert terms_in_force([kiwi["product"]])[kiwi["product"]].share_bp == 500
    assert [row.version for row in versions_of(kiwi["product"], kiwi["supplier"])] == [2, 1]
    assert [each.action for each in history_of(old.id)] == ["linkage.superseded"]
    assert db.session.scalar(select(Message.user_id).where(Message.endpoint == "supplier.agreement"))


def test_an_amendment_keeps_the_hours_where_all_who_worked_are_still_in_it(app: Flask) -> None:
    made = labour.workshop()
    sheet = labour.closed_sheet(made, {made.households[0]: 60})
    wage = Term(LinkageMode.LABOUR, unit_fen=300)
    official = builders.official_of(builders.CITY)
    draft = amend_agreement(made.owner, made.agreement, facts(made.households, wage), "工钱涨到三元")
    activate_agreement(official, draft)
    terms = terms_in_force([made.product])[made.product]
    assert (terms.unit_fen, terms.work_sheet_id) == (300, sheet)
    without = amend_agreement(made.owner, draft, facts(made.households[1:], wage), "这一户不做了")
    activate_agreement(official, without)
    assert terms_in_force([made.product]) == {}  # whose the wages are has to be said anew


def test_only_active_agreements_are_amended_and_ending_needs_a_reason(kiwi: World) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    with pytest.raises(InvalidInput):
        end_agreement(owner, kiwi["agreement"], " ")
    end_agreement(owner, kiwi["agreement"], "农户不种了")
    with pytest.raises(Conflict, match=r"linkage\.not_active"):
        amend_agreement(
            owner, kiwi["agreement"], facts([kiwi["household"]], Term(LinkageMode.PURCHASE)), "改"
        )
    assert [(each.action, each.reason) for each in history_of(kiwi["agreement"])] == [
        ("linkage.end", "农户不种了")
    ]


def test_the_chain_names_an_admitted_leading_enterprise_only(kiwi: World) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    leader = builders.supplier(builders.VILLAGE_OF_SAME_COUNTY)
    plain = Term(LinkageMode.PURCHASE)
    with pytest.raises(InvalidInput) as refused:
        amend_agreement(
            owner,
            kiwi["agreement"],
            facts([kiwi["household"]], plain, leading_enterprise_id=leader),
            "找龙头",
        )
    assert refused.value.field == "leading_enterprise_id"
    enterprise = db.session.get_one(Supplier, leader)
    enterprise.kind = SupplierKind.LEADING_ENTERPRISE
    db.session.commit()
    assert leading_enterprises(kiwi["supplier"]) == [(leader, enterprise.name)]
    draft = amend_agreement(
        owner, kiwi["agreement"], facts([kiwi["household"]], plain, leading_enterprise_id=leader), "找龙头"
    )
    made = db.session.get_one(LinkageAgreement, draft)
    assert (made.leading_enterprise, made.leading_enterprise_id) == (enterprise.name, leader)


def test_signed_pages_are_the_suppliers_own_and_stay_once_the_agreement_binds(kiwi: World) -> None:
    owner, stranger = builders.owner_of(kiwi["supplier"]), builders.owner_of(builders.supplier())
    agreement = kiwi["agreement"]
    with pytest.raises(NotFound):
        add_scan(stranger, agreement, ScanKind.AGREEMENT, certifying.paper(), None)
    with pytest.raises(InvalidInput) as refused:
        add_scan(owner, agreement, ScanKind.HOUSEHOLD, certifying.paper(), builders.household())
    assert refused.value.field == "household_id"
    scan = add_scan(owner, agreement, ScanKind.HOUSEHOLD, certifying.paper(), kiwi["household"])
    [row] = scans_of(agreement)
    assert (row.id, row.household_id, row.is_pdf) == (scan, kiwi["household"], True)
    other = builders.saleable()["agreement"]
    with pytest.raises(NotFound):
        get_scan_media(get_agreement(other), scan)
    with pytest.raises(Conflict):
        remove_scan(owner, agreement, scan)
    draft = amend_agreement(owner, agreement, facts([kiwi["household"]], Term(LinkageMode.PURCHASE)), "补签")
    page = add_scan(owner, draft, ScanKind.AGREEMENT, certifying.picture(), kiwi["household"])
    assert scans_of(draft)[0].household_id is None  # the whole is nobody's page
    remove_scan(owner, draft, page)
    assert scans_of(draft) == []


@pytest.mark.parametrize("alone", [True, False])
def test_what_comes_back_dearer_than_its_price_is_not_sold_again(kiwi: World, alone: bool) -> None:
    """The lot sold out, the price was cut, a unit came back: 20 yuan promised, sold at 15."""
    if not alone:
        builders.stock(builders.sku(kiwi["listing"], price_fen=900, name="小份"), 5)
    [order] = sales.paid_orders({kiwi["sku"]: 4})
    price_of(kiwi["sku"], 1500, kiwi["supplier"])
    sales.refund(order, 1, restock=True)
    db.session.expire_all()
    listing, sku = db.session.get_one(Listing, kiwi["listing"]), db.session.get_one(Sku, kiwi["sku"])
    assert (listing.state is ListingState.OFF_SALE, not sku.is_active) == (alone, not alone)
    assert db.session.scalar(select(Message.title).where(Message.endpoint == "supplier.listing"))
    owner = builders.owner_of(kiwi["supplier"])
    if alone:
        with pytest.raises(InvalidInput, match=r"listing\.(below_floor|no_picture)"):
            products.put_on_sale(owner, kiwi["listing"])
    with pytest.raises(InvalidInput, match=r"listing\.price_below_floor"):
        price_of(kiwi["sku"], 2040, kiwi["supplier"])
    price_of(kiwi["sku"], 2041, kiwi["supplier"])
    assert verify() == []


def test_units_counted_back_are_refused_where_the_price_does_not_carry_them(kiwi: World) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    adjust_stock(owner, kiwi["stock_row"], -4, "找不到了")
    price_of(kiwi["sku"], 1500, kiwi["supplier"])
    with pytest.raises(InvalidInput, match=r"listing\.lot_above_price"):
        adjust_stock(owner, kiwi["stock_row"], 1, "又找到一份")
    assert db.session.get_one(StockRow, kiwi["stock_row"]).available == 0


def test_new_terms_stop_what_their_price_does_not_carry(kiwi: World) -> None:
    owner, official = builders.owner_of(kiwi["supplier"]), builders.official_of(builders.CITY)
    dear = facts([kiwi["household"]], Term(LinkageMode.PURCHASE), Term(LinkageMode.TRUSTEESHIP, 4000))
    draft = amend_agreement(owner, kiwi["agreement"], dear, "再分四成")
    activate_agreement(official, draft)
    db.session.expire_all()
    assert db.session.get_one(Listing, kiwi["listing"]).state is ListingState.OFF_SALE
    floor = pricing.floors(kiwi["product"], [kiwi["sku"]], FEE_BP)[kiwi["sku"]]
    assert floor == 3449  # 20.00 fixed, 40 % shared, 2 % fee
    price_of(kiwi["sku"], floor, kiwi["supplier"])


def test_lots_on_hand_are_carried_also_where_newer_terms_no_longer_buy(kiwi: World) -> None:
    official = builders.official_of(builders.CITY)
    owner = builders.owner_of(kiwi["supplier"])
    draft = amend_agreement(
        owner, kiwi["agreement"], facts([kiwi["household"]], Term(LinkageMode.DIVIDEND, 1000)), "改分红"
    )
    activate_agreement(official, draft)
    assert pricing.floors(kiwi["product"], [kiwi["sku"]], FEE_BP)[kiwi["sku"]] == 2274
    with pytest.raises(InvalidInput, match=r"listing\.price_below_floor"):
        price_of(kiwi["sku"], 2273, kiwi["supplier"])


def test_own_produce_is_not_priced_above_what_the_sponsors_fee_carries(app: Flask) -> None:
    supplier = builders.supplier()
    product = builders.product(supplier)
    builders.agreement(
        supplier, product, [builders.household(supplier_id=supplier)], modes={LinkageMode.OWN: 60}
    )
    builders.certificate(product)
    sku = builders.sku(builders.listing(product), price_fen=3000)
    with pytest.raises(InvalidInput) as refused:
        price_of(sku, 3001, supplier)
    assert (refused.value.code, refused.value.params["ceiling_fen"]) == ("listing.price_above_ceiling", 3000)
    price_of(sku, 3000, supplier)
    listing = db.session.get_one(Sku, sku).listing_id
    assert "listing.above_ceiling" not in blockers(pricing.readiness(listing, FEE_BP))
    assert "listing.above_ceiling" in blockers(pricing.readiness(listing, FEE_BP + 1))


def test_a_lot_gets_a_code_that_tells_the_village_and_nothing_of_the_household(kiwi: World) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    lot_id = receive_lot(
        owner,
        kiwi["sku"],
        kiwi["household"],
        LotDelivery(LotPayment.CONSIGNED, 26_000, 10_000, 10, clock.today(), "一级", "分拣点"),
    )
    code = db.session.get_one(SupplyLot, lot_id).trace_code
    assert code is not None
    assert len(code) == 24
    traced = find_traced_lot(code)
    assert traced is not None
    assert (traced.unit_fen, traced.village_code, traced.is_sold) == (1000, builders.VILLAGE, True)
    assert not {"household_id", "household_code", "grams", "units", "total_fen"} & set(traced.__slots__)
    assert find_traced_lot("P2026") is None


def test_spoiled_units_leave_the_shelf_and_the_agreed_total_stays(kiwi: World) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    head = builders.head_of(kiwi["household"])
    [order] = sales.paid_orders({kiwi["sku"]: 1})
    spoil_lot(owner, kiwi["lot"], 2, "冷库断电")
    with pytest.raises(Conflict, match=r"stock\.short"):
        spoil_lot(owner, kiwi["lot"], 2, "又坏了")
    with pytest.raises(NotFound):
        spoil_lot(builders.owner_of(builders.supplier()), kiwi["lot"], 1, "别人的")
    lot = get_lot(kiwi["lot"])
    assert (lot.units, lot.sold, lot.lost, lot.available, lot.total_fen) == (4, 1, 2, 1, 8_000)
    assert lot.share_of(2) == 4_000
    assert (
        db.session.scalar(select(Message.user_id).where(Message.endpoint == "household.home")) == head.user_id
    )
    sales.deliver(order)
    sales.refund(order, 1, restock=False)
    assert get_lot(kiwi["lot"]).lost == 3
    assert verify() == []
