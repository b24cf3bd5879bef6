"""Work sheets: nobody sells unpaid hours, each village speaks for its own, and a closed sheet divides what comes after."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products import pricing
from catalog.products.models import Listing, Sku
from catalog.products.queries import visible_clause
from catalog.products.rules import blockers
from certification.linkage.models import LinkageAgreement, WorkSheet, WorkSheetRow
from certification.linkage.queries import terms_in_force
from certification.linkage.rules import LinkageMode, SaleTerms
from certification.linkage.sheet_queries import asked_of, sheets_of_supplier, sheets_of_villages
from certification.linkage.sheets import (
    change_sheet,
    confirm_hours,
    open_sheet,
    return_sheet,
    submit_sheet,
)
from certification.linkage.workflow import SheetState
from marketplace.accounts.models import Role, ScopeKind
from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.messages.models import Message
from orders.checkout.commands import place
from orders.ledger.verification import verify
from orders.ordering import queries as ordering
from orders.ordering.models import OrderLine
from tests.factories import builders, labour, order_builders, sales
from tests.support.counting import statements


@pytest.fixture
def made(app: Flask) -> labour.Workshop:
    return labour.workshop()


def is_visible(listing_id: int) -> bool:
    return db.session.scalar(select(Listing.id).where(Listing.id == listing_id, visible_clause())) is not None


def test_nothing_is_sold_before_a_sheet_is_closed(made: labour.Workshop) -> None:
    assert terms_in_force([made.product]) == {}
    assert not is_visible(made.listing)
    assert "listing.no_hours" in blockers(pricing.readiness(made.listing, 200))
    first, second, third = made.households
    sheet = labour.closed_sheet(made, {first: 600, second: 300, third: 300})
    terms = terms_in_force([made.product])[made.product]
    assert (terms.work_sheet_id, len(terms.worked)) == (sheet, 3)
    assert is_visible(made.listing)
    assert "listing.no_hours" not in blockers(pricing.readiness(made.listing, 200))
    assert db.session.get_one(Sku, made.sku).projected_income_fen == labour.WAGE_FEN


def test_a_later_sheet_divides_later_sales_and_no_earlier_one(made: labour.Workshop) -> None:
    first, second, third = made.households
    labour.closed_sheet(made, {first: 600, second: 300, third: 300}, first=30, last=21)
    [before] = sales.paid_orders({made.sku: 2})
    later = labour.closed_sheet(made, {third: 60}, first=10, last=1)
    [after] = sales.paid_orders({made.sku: 2})

    def parts(order_id: int) -> dict[int, int]:
        return {income.household_id: income.fen for income in ordering.incomes_of(order_id)}

    assert parts(before) == {first: 250, second: 125, third: 125}
    assert parts(after) == {third: 500}
    frozen = db.session.scalars(select(OrderLine.terms).order_by(OrderLine.id.desc())).first()
    assert frozen is not None
    assert SaleTerms.from_json(frozen).work_sheet_id == later
    sales.refund(before, 1)
    sales.refund(after, 2)
    assert verify() == []


def test_an_older_sheet_closed_late_does_not_push_the_newer_one_aside(made: labour.Workshop) -> None:
    first, second, _ = made.households
    newer = labour.closed_sheet(made, {first: 60}, first=10, last=1)
    labour.closed_sheet(made, {second: 60}, first=30, last=21)
    assert db.session.get_one(LinkageAgreement, made.agreement).work_sheet_id == newer


def test_all_modes_together_are_placed_within_the_budget(app: Flask) -> None:
    made = labour.workshop(
        modes={
            LinkageMode.LABOUR: 200,
            LinkageMode.RENT: 500,
            LinkageMode.TRUSTEESHIP: 1000,
            LinkageMode.DIVIDEND: 700,
        }
    )
    labour.closed_sheet(made, dict.fromkeys(made.households, 90))
    with statements() as asked:
        terms_in_force([made.product])
    assert len(asked) == 1
    [order_id] = sales.paid_orders({made.sku: 3})
    by_mode: dict[LinkageMode, int] = {}
    for income in ordering.incomes_of(order_id):
        by_mode[income.mode] = by_mode.get(income.mode, 0) + income.fen
    assert by_mode == {
        LinkageMode.LABOUR: 600,
        LinkageMode.RENT: 450,
        LinkageMode.TRUSTEESHIP: 900,
        LinkageMode.DIVIDEND: 630,
    }
    assert verify() == []


def test_each_village_speaks_for_its_own_and_the_last_word_closes(app: Flask) -> None:
    made = labour.workshop(villages=(builders.VILLAGE, builders.VILLAGE_OF_SAME_COUNTY))
    here, there = made.households
    other = builders.official_of(builders.VILLAGE_OF_SAME_COUNTY)
    sheet = open_sheet(made.owner, made.agreement, labour.facts({here: 60, there: 120}))
    with pytest.raises(NotFound):  # not handed in yet
        confirm_hours(made.village, sheet, here)
    submit_sheet(made.owner, sheet)
    told = set(db.session.scalars(select(Message.user_id).where(Message.endpoint == "review.sheet")))
    assert told == {made.village.user_id, other.user_id}
    assert db.session.scalar(select(asked_of([builders.VILLAGE]))) == 1
    for stranger in (builders.official_of(builders.COUNTY), builders.official_of(builders.TOWN), made.owner):
        with pytest.raises(NotFound):
            confirm_hours(stranger, sheet, here)
    with pytest.raises(NotFound):
        confirm_hours(other, sheet, here)
    confirm_hours(made.village, sheet, here)
    with pytest.raises(Conflict):
        confirm_hours(made.village, sheet, here)
    assert db.session.get_one(WorkSheet, sheet).state is SheetState.SUBMITTED
    confirm_hours(other, sheet, there)
    assert db.session.get_one(WorkSheet, sheet).state is SheetState.CLOSED
    with pytest.raises(IllegalTransition):
        return_sheet(other, sheet, "说错了")
    [listed] = sheets_of_villages([builders.VILLAGE], state=None).items
    assert (listed.households, listed.confirmed, listed.minutes) == (1, 1, 60)
    [own] = sheets_of_supplier(made.supplier).items
    assert (own.households, own.confirmed, own.in_use) == (2, 2, True)


def test_nobody_of_the_supplier_confirms_its_own_sheet(made: labour.Workshop) -> None:
    both = builders.user(
        None,
        (Role.OFFICIAL, ScopeKind.REGION, builders.VILLAGE),
        (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, made.supplier),
    )
    sheet = open_sheet(made.owner, made.agreement, labour.facts({made.households[0]: 60}))
    submit_sheet(made.owner, sheet)
    with pytest.raises(Forbidden):
        confirm_hours(both, sheet, made.households[0])
    with pytest.raises(Forbidden):
        return_sheet(both, sheet, "不对")


def test_nobody_confirms_the_hours_of_their_own_household(made: labour.Workshop) -> None:
    own, other = made.households[:2]
    both = builders.user(
        None,
        (Role.OFFICIAL, ScopeKind.REGION, builders.VILLAGE),
        (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, own),
    )
    sheet = open_sheet(made.owner, made.agreement, labour.facts({own: 60, other: 60}))
    submit_sheet(made.owner, sheet)
    with pytest.raises(Forbidden) as error:
        confirm_hours(both, sheet, own)
    assert error.value.code == "linkage.sheet_own_hours"
    confirm_hours(both, sheet, other)


def test_what_was_confirmed_stays_so_while_it_stays_the_same(made: labour.Workshop) -> None:
    first, second, third = made.households
    sheet = open_sheet(made.owner, made.agreement, labour.facts({first: 60, second: 60}))
    submit_sheet(made.owner, sheet)
    with pytest.raises(Conflict):
        change_sheet(made.owner, sheet, labour.facts({first: 60}))
    confirm_hours(made.village, sheet, first)
    return_sheet(made.village, sheet, "第二户多写了")
    change_sheet(made.owner, sheet, labour.facts({first: 60, second: 30, third: 15}))
    confirmed = {
        row.household_id: row.confirmed_at is not None
        for row in db.session.scalars(select(WorkSheetRow).where(WorkSheetRow.sheet_id == sheet))
    }
    assert confirmed == {first: True, second: False, third: False}
    change_sheet(made.owner, sheet, labour.facts({first: 60, second: 30}, last=12))  # other days: asked anew
    rows = db.session.scalars(select(WorkSheetRow.confirmed_at).where(WorkSheetRow.sheet_id == sheet)).all()
    assert set(rows) == {None}


def test_the_same_day_is_paid_once(made: labour.Workshop) -> None:
    first, second, _ = made.households
    labour.closed_sheet(made, {first: 60}, first=20, last=11)
    for days in ({"first": 25, "last": 20}, {"first": 11, "last": 5}, {"first": 15, "last": 14}):
        sheet = open_sheet(made.owner, made.agreement, labour.facts({second: 60}, **days))
        with pytest.raises(Conflict, match=r"linkage\.sheet_overlap"):
            submit_sheet(made.owner, sheet)
    sheet = open_sheet(made.owner, made.agreement, labour.facts({second: 60}, first=10, last=5))
    submit_sheet(made.owner, sheet)


def test_two_sheets_of_the_same_days_sent_at_once_are_one(made: labour.Workshop, app: Flask) -> None:
    sheets = [
        open_sheet(made.owner, made.agreement, labour.facts({household: 60})) for household in made.households
    ]
    db.session.remove()
    outcomes: list[str] = []

    def send(sheet_id: int) -> None:
        with app.app_context():
            try:
                submit_sheet(made.owner, sheet_id)
                outcomes.append("sent")
            except DomainError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=send, args=(sheet,)) for sheet in sheets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["linkage.sheet_overlap", "linkage.sheet_overlap", "sent"]


@pytest.mark.parametrize(
    ("minutes", "days", "code", "field"),
    [
        (0, {}, "linkage.sheet_hours", "hours"),
        (10**6, {}, "linkage.sheet_hours", "hours"),
        (60, {"first": 5, "last": 6}, "linkage.sheet_days", "until_on"),
        (60, {"first": 5, "last": -1}, "linkage.sheet_in_future", "until_on"),
        (60, {"first": 400, "last": 390}, "linkage.sheet_outside", "from_on"),
        (60, {"first": 150, "last": 1}, "linkage.sheet_too_long", "until_on"),
    ],
)
def test_what_no_sheet_can_say(
    made: labour.Workshop, minutes: int, days: dict[str, int], code: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_sheet(made.owner, made.agreement, labour.facts({made.households[0]: minutes}, **days))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_sheets_are_only_for_agreements_that_pay_wages_and_their_members(made: labour.Workshop) -> None:
    world = builders.saleable()
    owner = builders.owner_of(world["supplier"])
    with pytest.raises(Conflict, match=r"linkage\.pays_no_wages"):
        open_sheet(owner, world["agreement"], labour.facts({world["household"]: 60}))
    with pytest.raises(InvalidInput, match=r"linkage\.not_a_member"):
        open_sheet(made.owner, made.agreement, labour.facts({world["household"]: 60}))
    with pytest.raises(NotFound):
        open_sheet(owner, made.agreement, labour.facts({made.households[0]: 60}))


def test_placing_with_wages_stays_within_its_statements(made: labour.Workshop) -> None:
    labour.closed_sheet(made, dict.fromkeys(made.households, 60))
    owner = order_builders.cart_with({made.sku: 1})
    wish = order_builders.wish_for(owner)
    with statements() as sent:
        place(owner, wish)
    assert len(sent) <= 20, sent


def test_two_villages_that_confirm_the_last_two_at_once_close_it(app: Flask) -> None:
    made = labour.workshop(villages=(builders.VILLAGE, builders.VILLAGE_OF_SAME_COUNTY))
    other = builders.official_of(builders.VILLAGE_OF_SAME_COUNTY)
    sheet = open_sheet(made.owner, made.agreement, labour.facts(dict.fromkeys(made.households, 60)))
    submit_sheet(made.owner, sheet)
    db.session.remove()
    start = threading.Barrier(2)

    def answer(place: int) -> None:
        with app.app_context():
            start.wait()
            confirm_hours((made.village, other)[place], sheet, made.households[place])

    threads = [threading.Thread(target=answer, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.session.get_one(WorkSheet, sheet).state is SheetState.CLOSED
    assert db.session.get_one(LinkageAgreement, made.agreement).work_sheet_id == sheet
