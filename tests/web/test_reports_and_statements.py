"""The pages about money: who sees what, and what a wrong form says."""

from io import BytesIO
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from sqlalchemy import select, update

from certification.products.models import DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import Supplier
from marketplace.regions.rules import RegionLevel
from marketplace.reporting.dimensions import Dimension
from marketplace.reporting.models import PeriodTotal
from marketplace.reporting.roll import roll_up_all
from orders.ledger.queries import household_totals
from orders.ordering.models import Order
from orders.settlement.models import Disbursement
from tests.factories import builders, sales
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    [made["order"]] = sales.sold_and_completed({made["sku"]: 3})
    return made


def get(client: Client, actor: Actor, path: str, **query: str) -> tuple[int, str]:
    builders.sign_in(client, actor)
    path, _, asked = path.partition("?")
    with client.get(path, query_string={**dict(parse_qsl(asked)), **query}) as response:
        return response.status_code, response.get_data().decode(errors="replace")


#: (an official of, looks at, answer)
SCOPES = [
    (builders.CITY, builders.COUNTY, 200),
    (builders.COUNTY, builders.COUNTY, 200),
    (builders.COUNTY, builders.VILLAGE, 200),
    (builders.TOWN, builders.TOWN, 200),
    (builders.VILLAGE, builders.VILLAGE, 200),
    (builders.COUNTY, builders.CITY, 404),
    (builders.COUNTY, builders.OTHER_COUNTY, 404),
    (builders.TOWN, builders.COUNTY, 404),
    (builders.VILLAGE, builders.VILLAGE_OF_SAME_TOWN, 404),
    (builders.COUNTY, "610124", 404),
    (builders.COUNTY, "999999999999", 404),
    (builders.COUNTY, "' OR 1=1 --", 404),
]


@pytest.mark.parametrize(
    "path",
    [
        "/reports",
        "/reports?by=supplier",
        "/reports?by=outlet",
        "/reports?by=pairing",
        "/reports/orders",
        "/reports/orders?by=product&key=1",
        "/reports/export.csv",
        "/reports/export.xlsx",
        "/reports/orders.csv",
        "/reports/orders.xlsx",
    ],
)
def test_officials_see_their_region_only(kiwi: World, client: Client, path: str) -> None:
    answers = [
        (official, region, get(client, builders.official_of(official), path, region=region)[0])
        for official, region, _ in SCOPES
    ]
    assert answers == SCOPES


@pytest.mark.parametrize("by", ["supplier", "product"])
def test_what_sold_nothing_in_ones_region_keeps_its_name_there(kiwi: World, client: Client, by: str) -> None:
    asked = {"by": by, "key": str(kiwi[by])}
    seller = db.session.get_one(Supplier, kiwi["supplier"]).name
    product = db.session.get_one(DeclaredProduct, kiwi["product"]).name
    named = seller if by == "supplier" else product
    county, other = builders.official_of(builders.COUNTY), builders.official_of(builders.OTHER_COUNTY)
    assert f"：{named}" in get(client, county, "/reports/orders", **asked)[1]
    assert named not in get(client, other, "/reports/orders", **asked)[1]


def test_an_order_is_shown_where_it_concerns_and_without_its_buyer(kiwi: World, client: Client) -> None:
    number = db.session.scalars(select(Order.number).where(Order.id == kiwi["order"])).one()
    status, page = get(client, builders.official_of(builders.COUNTY), f"/reports/orders/{number}")
    assert status == 200
    assert "¥45.00" in page
    assert "王女士" not in page
    assert "示例小区" not in page
    assert get(client, builders.official_of(builders.OTHER_COUNTY), f"/reports/orders/{number}")[0] == 404
    assert get(client, builders.finance(), f"/reports/orders/{number}")[0] == 200


@pytest.mark.parametrize("path", ["/reports", "/reports/verify"])
def test_others_are_refused(kiwi: World, client: Client, path: str) -> None:
    assert get(client, builders.owner_of(kiwi["supplier"]), path)[0] == 403
    assert client.get(path).status_code == 403


def test_a_sale_writes_one_row_more(kiwi: World) -> None:
    """What reports cost the buyer: the row that waits. Whether a unit bought is known and not asked."""
    with statements() as seen:
        sales.paid_orders({kiwi["sku"]: 1})
    ours = [sent for sent in seen if "waiting_entries" in sent or "line_pairings" in sent]
    assert len(ours) == 1
    assert not [sent for sent in seen if "orders.unit_id IS NOT NULL" in sent]


def test_the_books_are_checked_and_said_to_be_right(kiwi: World, client: Client) -> None:
    actor = builders.finance()
    assert "还没有核过" in get(client, actor, "/reports/verify")[1]
    page = client.get("/reports/verify").get_data(as_text=True)
    secret = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post("/reports/verify", data={"csrf_token": secret}, follow_redirects=True)
    assert "账目一致，差额 ¥0.00" in answer.get_data(as_text=True)
    assert "与账目一致，差额 ¥0.00" in get(client, actor, "/reports")[1]


def test_a_total_that_is_off_is_said_on_every_report(kiwi: World, client: Client) -> None:
    roll_up_all()
    with transaction() as session:
        session.execute(
            update(PeriodTotal)
            .where(PeriodTotal.dimension == Dimension.ALL, PeriodTotal.level == RegionLevel.TOWN)
            .values(sales_fen=PeriodTotal.sales_fen + 100)
        )
    page = get(client, builders.finance(), "/reports", region=builders.COUNTY)[1]
    assert "各行与合计相差 −¥1.00" in page
    assert "与账目一致" not in page


def test_any_page_number_is_answered(kiwi: World, client: Client) -> None:
    seller, head = builders.owner_of(kiwi["supplier"]), builders.head_of(kiwi["household"])
    official = builders.official_of(builders.COUNTY)
    for page in ("1", "0", "-1", "1000000000000000000", "x", "１"):
        assert get(client, seller, "/supplier/statement", page=page)[0] == 200
        assert get(client, seller, "/supplier/disbursements", page=page)[0] == 200
        assert get(client, official, "/reports/orders", page=page)[0] == 200
        assert get(client, head, "/household", page=page)[0] == 200


def pay(client: Client, made: World, status: int = 200, **changes: object) -> str:
    form = {
        "paid_on": clock.today().isoformat(),
        "voucher_number": "HD-1",
        "expected": "4500",
        "voucher": (BytesIO(sales.PDF), "回单.pdf"),
        **changes,
    }
    response = client.post(
        f"/supplier/disbursements/new/{made['household']}",
        data={"csrf_token": token(client, made), **form},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert response.status_code == status
    return str(response.get_data(as_text=True))


def token(client: Client, made: World) -> str:
    page = client.get(f"/supplier/disbursements/new/{made['household']}").get_data(as_text=True)
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"voucher_number": ""}, "请填银行回单上的编号"),
        ({"paid_on": "2099-01-01"}, "打款日期不能晚于今天"),
        ({"paid_on": "no day"}, "打款日期"),
        ({"voucher": (BytesIO(b"MZ"), "x.pdf")}, "不是能识别的图片"),
        ({"voucher": (BytesIO(b""), "")}, "请上传银行回单"),
        ({"expected": "1"}, "应付金额刚刚变成了 ¥45.00"),
    ],
)
def test_a_wrong_form_says_what_and_changes_nothing(
    kiwi: World, client: Client, changes: dict[str, object], words: str
) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    assert words in pay(client, kiwi, 409 if "expected" in changes else 422, **changes)
    assert db.session.scalar(select(Disbursement.id)) is None


def test_one_answer_names_all_that_is_wrong(kiwi: World, client: Client) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    wrong = {"paid_on": "2099-01-01", "voucher_number": "", "voucher": (BytesIO(b"MZ"), "x.txt")}
    page = pay(client, kiwi, 422, **wrong)
    assert "还差 3 项就能提交" in page
    for name in wrong:
        assert f'id="{name}-error"' in page


def test_from_paying_to_acknowledging_by_the_pages(kiwi: World, client: Client) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    assert "等农户或村里确认" in pay(client, kiwi)
    paid = db.session.scalars(select(Disbursement.id)).one()
    status, page = get(client, builders.official_of(builders.VILLAGE), "/review/acknowledgements")
    assert status == 200
    assert "农户收到了" in page
    assert (
        get(client, builders.official_of(builders.COUNTY), "/review/acknowledgements")[1].count("HD-1") == 0
    )
    head = builders.head_of(kiwi["household"])
    status, page = get(client, head, "/household")
    assert "钱收到了" in page
    secret = page.split('name="csrf_token"')[-1].split('value="')[1].split('"')[0]
    answer = client.post(f"/household/disbursements/{paid}/acknowledge", data={"csrf_token": secret})
    assert answer.status_code == 302
    totals = household_totals([kiwi["household"]])[kiwi["household"]]
    assert {state.value: fen for state, fen in totals.items()} == {"acknowledged": 4500}
    assert "钱收到了" not in get(client, head, "/household")[1]


def test_a_voucher_is_for_those_it_concerns(kiwi: World, client: Client) -> None:
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    concerned = [
        builders.owner_of(kiwi["supplier"]),
        builders.head_of(kiwi["household"]),
        builders.official_of(builders.VILLAGE),
        builders.official_of(builders.COUNTY),
        builders.finance(),
    ]
    strangers = [
        builders.official_of(builders.OTHER_COUNTY),
        builders.owner_of(builders.supplier()),
        builders.head_of(builders.household()),
        builders.user(),
    ]
    path = f"/disbursements/{paid}/voucher"
    assert [get(client, actor, path)[0] for actor in concerned] == [200] * 5
    assert [get(client, actor, path)[0] for actor in strangers] == [404] * 4


def test_foreign_disbursements_look_like_none(kiwi: World, client: Client) -> None:
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    stranger = builders.owner_of(builders.supplier())
    assert get(client, stranger, f"/supplier/disbursements/{paid}")[0] == 404
    assert get(client, stranger, "/supplier/disbursements/999")[0] == 404
    assert get(client, stranger, f"/supplier/disbursements/new/{kiwi['household']}")[0] == 404
    assert get(client, builders.head_of(builders.household()), "/household")[1].count("¥45.00") == 0


def test_a_payout_s_voucher_is_linked_for_whom_it_opens(kiwi: World, client: Client) -> None:
    """An admin reads the list of payouts, not households' bank papers."""
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    voucher = f"/disbursements/{paid}/voucher"
    for actor in (builders.finance(), builders.admin()):
        status, page = get(client, actor, "/finance/disbursements")
        assert (status, "HD-1" in page) == (200, True)
        assert (f'href="{voucher}"' in page) == (get(client, actor, voucher)[0] == 200)
