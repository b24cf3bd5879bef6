"""Many packings at once, on the page and as a table: all or none, every fault at its row, twice the same as once."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products import packings
from catalog.products.imports import COLUMNS, import_packings, plan_packings, table_of
from catalog.products.models import Sku
from catalog.products.own_queries import facts_of, own_goods, own_skus
from catalog.products.packings import PackingsRefused, SkuEdit, save_packings
from catalog.products.rules import MAX_SKUS, SkuFacts
from catalog.products.workflow import ListingState
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.kernel.transaction import transaction
from tests.factories import builders as build
from tests.factories import visits
from tests.support.counting import statements

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    """A packing for ¥30.00 whose lot costs ¥15.00 a unit; what it carries is its floor."""
    return build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)


@pytest.fixture
def owner(world: dict[str, int]) -> Actor:
    return build.owner_of(world["supplier"])


def said(sku_id: int) -> SkuFacts:
    db.session.expire_all()
    facts = facts_of(db.session.get_one(Sku, sku_id))
    db.session.rollback()
    return facts


def another(world: dict[str, int], owner: Actor, name: str = "10斤", price_fen: int = 6000) -> int:
    return packings.save_sku(owner, world["listing"], None, name=name, grams=5000, price_fen=price_fen)


def audits() -> int:
    return int(db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0)


# --- many at once ---------------------------------------------------------------------------------------------------


def test_all_are_saved_or_none_and_every_fault_is_named_at_its_row(
    world: dict[str, int], owner: Actor
) -> None:
    second, listing = another(world, owner), world["listing"]
    first = said(world["sku"])
    edits = [
        SkuEdit(listing, world["sku"], replace(first, price_fen=1, grams=0)),
        SkuEdit(listing, second, replace(said(second), price_fen=6100)),
        SkuEdit(listing, None, SkuFacts(first.name, 10, 9900)),
    ]
    with pytest.raises(PackingsRefused) as refused:
        save_packings(owner, edits)
    found = [(place, error.code, error.field) for place, error in refused.value.errors]
    assert found == [
        (0, "listing.sku_grams", "grams"),
        (0, "listing.price_below_floor", "price_fen"),
        (2, "listing.sku_name_taken", "name"),
    ]
    assert said(world["sku"]) == first
    assert said(second).price_fen == 6000
    assert packings.check_packings(owner, edits)
    assert said(second).price_fen == 6000
    saved = save_packings(owner, edits[1:2])
    assert [(each.sku_id, each.is_changed) for each in saved] == [(second, True)]
    assert said(second).price_fen == 6100


def test_what_says_already_what_it_shall_is_left_alone(world: dict[str, int], owner: Actor) -> None:
    before = audits()
    saved = save_packings(owner, [SkuEdit(world["listing"], world["sku"], said(world["sku"]))])
    assert [each.is_changed for each in saved] == [False]
    assert audits() == before


def test_a_row_changed_meanwhile_is_refused_and_says_what_it_is_now(
    world: dict[str, int], owner: Actor
) -> None:
    seen = said(world["sku"])
    packings.save_sku(owner, world["listing"], world["sku"], name=seen.name, grams=seen.grams, price_fen=3300)
    stale = SkuEdit(world["listing"], world["sku"], replace(seen, price_fen=3100), seen.fingerprint)
    with pytest.raises(PackingsRefused) as refused:
        save_packings(owner, [stale])
    [(_, error)] = refused.value.errors
    assert (error.code, error.params["price_fen"]) == ("listing.changed_meanwhile", 3300)
    save_packings(owner, [replace(stale, seen=said(world["sku"]).fingerprint)])
    assert said(world["sku"]).price_fen == 3100


def test_a_presale_that_is_over_is_not_begun_and_may_stay(world: dict[str, int], owner: Actor) -> None:
    kept = said(world["sku"])
    over = clock.today() - timedelta(days=1)
    selling = replace(kept.selling, presale_until=over, ship_by=over)
    edit = SkuEdit(world["listing"], world["sku"], replace(kept, selling=selling))
    with pytest.raises(
        PackingsRefused
    ) as caught:  # of last year: nobody could buy it, and nothing would say why
        save_packings(owner, [edit])
    assert [(fault.code, fault.field) for _, fault in caught.value.errors] == [
        ("listing.presale_over", "presale_until")
    ]
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == world["sku"]).values(presale_until=over, ship_by=over))
    assert save_packings(owner, [replace(edit, facts=replace(edit.facts, price_fen=3100))])[0].is_changed


def test_names_that_change_places_and_names_twice_are_taken(world: dict[str, int], owner: Actor) -> None:
    second, listing = another(world, owner), world["listing"]
    one, two = said(world["sku"]), said(second)
    swap = [
        SkuEdit(listing, world["sku"], replace(one, name=two.name)),
        SkuEdit(listing, second, replace(two, name=one.name)),
    ]
    twins = [SkuEdit(listing, None, SkuFacts("礼盒", 1000, 9900)) for _ in range(2)]
    for edits in (swap, twins):
        with pytest.raises(PackingsRefused, match="packings_refused"):
            save_packings(owner, edits)
    assert {error.code for _, error in packings.check_packings(owner, twins)} == {"listing.sku_name_taken"}


def test_the_last_packing_of_what_is_on_sale_stays(world: dict[str, int], owner: Actor) -> None:
    second, listing = another(world, owner), world["listing"]
    both = [SkuEdit(listing, each, replace(said(each), is_active=False)) for each in (world["sku"], second)]
    with pytest.raises(PackingsRefused) as refused:
        save_packings(owner, both)
    assert [error.code for _, error in refused.value.errors] == ["listing.last_sku"]
    save_packings(owner, both[:1])
    assert not said(world["sku"]).is_active


def test_more_than_a_listing_holds(world: dict[str, int], owner: Actor) -> None:
    edits = [SkuEdit(world["listing"], None, SkuFacts(f"规格{n}", 100, 9900)) for n in range(MAX_SKUS)]
    errors = packings.check_packings(owner, edits)
    assert [(place, error.code) for place, error in errors] == [(MAX_SKUS - 1, "listing.too_many_skus")]
    assert len(save_packings(owner, edits[:-1])) == MAX_SKUS - 1


def test_nothing_of_others(world: dict[str, int], owner: Actor) -> None:
    other = build.saleable()
    facts = said(world["sku"])
    for edit in (
        SkuEdit(other["listing"], other["sku"], facts),
        SkuEdit(world["listing"], other["sku"], facts),
        SkuEdit(world["listing"], 999_999, facts),
    ):
        for command in (save_packings, packings.check_packings):
            with pytest.raises(NotFound):
                command(owner, [SkuEdit(world["listing"], world["sku"], facts), edit])


def test_many_cost_few_questions_to_be_judged(world: dict[str, int], owner: Actor) -> None:
    more = [build.saleable(supplier_id=world["supplier"]) for _ in range(3)]
    edits = [SkuEdit(each["listing"], each["sku"], said(each["sku"])) for each in [world, *more]]
    db.session.rollback()
    with statements() as for_four:
        assert packings.check_packings(owner, edits) == []
    db.session.rollback()
    with statements() as for_one:
        packings.check_packings(owner, edits[:1])
    assert len(for_one) <= len(for_four) <= 6


# --- as a table -----------------------------------------------------------------------------------------------------

_KEYS = [column.key for column in COLUMNS]


def workbook(*rows: dict[str, object]) -> bytes:
    header = [column.label for column in COLUMNS]
    table = [[row.get(key, "") for key in _KEYS] for row in rows]
    return xlsx_response("规格", header, table).get_data()


def row(**values: object) -> dict[str, object]:
    return {"title": "周至翠香猕猴桃", "name": "10斤", "grams": 5000, "price_fen": "60.00", **values}


def exported(supplier_id: int) -> bytes:
    return xlsx_response("规格", *table_of(supplier_id)).get_data()


def faults(supplier_id: int, owner: Actor, data: bytes) -> list[tuple[int, str]]:
    return [(error.row, error.column) for error in plan_packings(supplier_id, owner, data).errors]


def test_what_was_exported_changes_nothing(world: dict[str, int], owner: Actor) -> None:
    day = clock.today() + timedelta(days=20)
    packings.save_sku(
        owner,
        world["listing"],
        None,
        name="预售10斤",
        grams=5000,
        price_fen=6000,
        selling=replace(said(world["sku"]).selling, limit_units=3, presale_until=day, ship_by=day),
    )
    before, noted = own_skus(world["supplier"]), audits()
    plan = plan_packings(world["supplier"], owner, exported(world["supplier"]))
    assert (plan.writes_nothing, plan.unchanged, plan.errors) == (True, 2, [])
    import_packings(world["supplier"], owner, exported(world["supplier"]))
    assert own_skus(world["supplier"]) == before
    assert audits() == noted


def test_rows_change_add_and_make_drafts_and_do_nothing_the_second_time(
    world: dict[str, int], owner: Actor
) -> None:
    supplier, declared = world["supplier"], own_skus(world["supplier"])[0].product_name
    kept = said(world["sku"])
    data = workbook(
        row(name=kept.name, grams=2600, price_fen=33, limit_units=5, limit_days=30),
        row(packing="箱"),
        row(title="猕猴桃礼盒", product=declared, name="礼盒"),
        row(title="猕猴桃礼盒", name="双层礼盒", price_fen="99.90", is_active="否"),
    )
    plan = plan_packings(supplier, owner, data)
    assert (len(plan.changed), len(plan.new), plan.errors) == (1, 3, [])
    assert {change.label for change in plan.changed[0].changes} >= {
        "净重（克）",
        "售价（元）",
        "每人限购（份）",
    }
    assert len(own_skus(supplier)) == 1  # looking writes nothing
    import_packings(supplier, owner, data)
    found = {(sku.goods.title, sku.facts.name): sku for sku in own_skus(supplier)}
    assert len(found) == 4
    changed = found["周至翠香猕猴桃", kept.name].facts
    assert (changed.grams, changed.price_fen, changed.selling.limit_units) == (2600, 3300, 5)
    assert found["周至翠香猕猴桃", "10斤"].facts.selling.packing.word == "箱"
    assert found["猕猴桃礼盒", "礼盒"].goods.state is ListingState.DRAFT
    assert not found["猕猴桃礼盒", "双层礼盒"].facts.is_active
    again = import_packings(supplier, owner, data)
    assert (again.writes_nothing, again.unchanged) == (True, 4)
    assert len(own_skus(supplier)) == 4


def test_a_table_confirmed_twice_at_once_is_written_once(
    app: Flask, world: dict[str, int], owner: Actor
) -> None:
    supplier, declared = world["supplier"], own_skus(world["supplier"])[0].product_name
    data = workbook(row(title="猕猴桃礼盒", product=declared, name="礼盒"))
    db.session.rollback()
    barrier, new = threading.Barrier(4), list[int]()

    def confirm() -> None:
        with app.app_context():
            barrier.wait()
            new.append(len(import_packings(supplier, owner, data).new))

    threads = [threading.Thread(target=confirm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [0, 0, 0, 1]
    assert [each.title for each in own_goods(supplier)].count("猕猴桃礼盒") == 1


def test_an_empty_cell_leaves_and_a_word_takes_away(world: dict[str, int], owner: Actor) -> None:
    supplier, kept = world["supplier"], said(world["sku"])
    limited = row(name=kept.name, grams=2500, price_fen=30, limit_units=5, limit_days=30, tolerance_grams=30)
    import_packings(supplier, owner, workbook(limited))
    import_packings(supplier, owner, workbook(row(name=kept.name, grams=2500, price_fen=30)))
    assert (said(world["sku"]).selling.limit_units, said(world["sku"]).selling.tolerance_grams) == (5, 30)
    import_packings(
        supplier,
        owner,
        workbook(
            row(name=kept.name, grams=2500, price_fen=30, limit_units="无", tolerance_grams="无"),
        ),
    )
    selling = said(world["sku"]).selling
    assert (selling.limit_units, selling.limit_days, selling.tolerance_grams) == (None, 0, None)


def test_every_bad_cell_is_named_and_nothing_written(world: dict[str, int], owner: Actor) -> None:
    supplier, other = world["supplier"], build.saleable()
    declared, kept = own_skus(supplier)[0].product_name, said(world["sku"]).name
    data = workbook(
        row(
            name=kept, price_fen="0.01", tolerance_grams=4000
        ),  # 2: below its floor, and more than the law lets pass
        row(grams="五斤"),  # 3
        row(listing=other["listing"], name="5斤"),  # 4: another supplier's
        row(listing=world["listing"], title="别的名字"),  # 5
        row(sku=other["sku"], name="8斤"),  # 6
        row(title="新东西"),  # 7: of which product?
        row(title="新东西", product="没有的产品"),  # 8
        row(title="礼盒", product=declared, name="礼盒", price_fen="1"),  # 9: the draft's floor
        row(title="礼盒", product=declared, name="礼盒"),  # 10: the name twice
        row(name=kept),  # 11: the packing of row 2
        row(limit_days=3),  # 12: days without a limit
    )
    assert faults(supplier, owner, data) == [
        (2, "允许偏差（克）"),
        (2, "售价（元）"),
        (3, "净重（克）"),
        (4, "商品编号"),
        (5, "商品"),
        (6, "规格编号"),
        (7, "产品"),
        (8, "产品"),
        (10, "规格名"),
        (11, "规格名"),
        (12, "限购天数"),
    ]
    with pytest.raises(Conflict, match=r"imports\.moved_on"):
        import_packings(supplier, owner, data)
    assert len(own_skus(supplier)) == 1


def test_a_title_that_two_listings_have_needs_the_number(world: dict[str, int], owner: Actor) -> None:
    twin = build.listing(world["product"], state=ListingState.OFF_SALE)
    supplier = world["supplier"]
    assert faults(supplier, owner, workbook(row())) == [(2, "商品编号")]
    import_packings(supplier, owner, workbook(row(listing=twin)))
    assert {sku.goods.listing_id for sku in own_skus(supplier)} == {world["listing"], twin}


def test_a_visit_is_no_draft_of_the_table() -> None:
    garden = visits.orchard()
    owner = build.owner_of(garden["supplier"], "host")
    data = workbook(row(title="又一个采摘园", product="翠峰采摘园", name="一天", grams=1))
    assert faults(garden["supplier"], owner, data) == [(2, "规格名")]


def test_a_table_that_is_too_long(world: dict[str, int], owner: Actor) -> None:
    rows = [row(name=f"规格{n}") for n in range(501)]
    with pytest.raises(InvalidInput, match=r"sheets\.too_many_rows"):
        plan_packings(world["supplier"], owner, workbook(*rows))
