"""Settlement bills on both desks: looked at, objected to, answered, checked, settled with a voucher."""

from collections.abc import Callable

import pytest
from flask import Flask

from orders.settlement import bills
from orders.settlement.bill_queries import bills as listed
from orders.settlement.bill_queries import get_bill
from orders.settlement.workflow import BillState
from tests.factories import builders, sales
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import hidden as carried
from tests.web.test_buying import hidden

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-20 10:00")
    made = builders.saleable(units=20, price_fen=2990)
    sales.paid_orders({made["sku"]: 2})
    freeze("2026-10-02 10:00")
    bills.issue_due()
    return made


def test_a_bill_from_objection_to_settled(client: Client, app: Flask, kiwi: World) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    (bill,) = listed(kiwi["supplier"], None, 1).items
    page = f"/supplier/bills/{bill.id}"
    assert bill.number in (own := client.get("/supplier/bills").text)
    assert "已出账，等您核对" in own
    assert "供应商付给平台" in client.get(page).text
    token = hidden(client.get(page).text)
    client.post(f"{page}/object", data=token | {"text": "有一单的运费没算进来"})
    assert "有一单的运费没算进来" in client.get(page).text
    desk = app.test_client()
    assert isinstance(desk, Client)
    builders.sign_in(desk, builders.finance())
    there = f"/finance/bills/{bill.id}"
    assert "有异议" in desk.get("/finance/bills").text
    seen = desk.get(there).text
    token_there = hidden(seen) | {"objection": carried(seen, "objection")}
    desk.post(f"{there}/answer", data=token_there | {"text": "那一单是包邮，核对过了"})
    assert "那一单是包邮" in client.get(page).text
    assert desk.post(f"{there}/settle", data=token_there | {"voucher_number": ""}).status_code == 422
    client.post(f"{page}/check", data=token)
    assert "核对过了又发现不对" in client.get(page).text
    client.post(f"{page}/object", data=token | {"text": "还有一单的补贴也不对"})
    assert "已出账，等您核对" in client.get(page).text
    assert "供应商有异议" in desk.get(there).text
    late = desk.post(f"{there}/answer", data=token_there | {"text": "补贴按券的规则算，没有错"})
    assert late.status_code == 409
    assert "供应商刚又写了别的" in late.text
    assert "补贴按券的规则算，没有错</textarea>" in late.text
    desk.post(
        f"{there}/answer",
        data={
            **token_there,
            "objection": carried(late.text, "objection"),
            "text": "补贴按券的规则算，没有错",
        },
    )
    client.post(f"{page}/check", data=token)
    form = token_there | {"paid_on": "2026-10-02", "voucher_number": "HD-77"}
    assert desk.post(f"{there}/settle", data=form).status_code == 302
    assert get_bill(bill.id).state is BillState.SETTLED
    assert "HD-77" in (settled := client.get(page).text)
    assert "告诉财务" not in settled
    assert desk.post(f"{there}/settle", data=form).status_code == 409


def test_what_was_typed_stays_where_it_is_refused(client: Client, kiwi: World) -> None:
    owner, finance = builders.owner_of(kiwi["supplier"]), builders.finance()
    (bill,) = listed(kiwi["supplier"], None, 1).items
    builders.sign_in(client, owner)
    page = f"/supplier/bills/{bill.id}"
    short = client.post(f"{page}/object", data=hidden(client.get(page).text) | {"text": "错了"})
    assert (short.status_code, "请写明哪里不对" in short.text) == (422, True)
    assert ">\r\n错了</textarea>" in short.text
    bills.object_to_bill(owner, bill.id, "有一单的运费没算进来")
    builders.sign_in(client, finance)
    page = f"/finance/bills/{bill.id}"
    seen = client.get(page).text
    sent = hidden(seen) | {"objection": carried(seen, "objection"), "text": "没错"}
    short = client.post(f"{page}/answer", data=sent)
    assert (short.status_code, "请写明核对的结果" in short.text) == (422, True)
    assert ">\r\n没错</textarea>" in short.text


def test_an_objection_made_by_mistake_is_taken_back(client: Client, app: Flask, kiwi: World) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    (bill,) = listed(kiwi["supplier"], None, 1).items
    page = f"/supplier/bills/{bill.id}"
    assert "收回异议" not in client.get(page).text
    token = hidden(client.get(page).text)
    client.post(f"{page}/object", data=token | {"text": "有一单的运费没算进来"})
    assert "收回异议" in client.get(page).text
    desk = app.test_client()
    assert isinstance(desk, Client)
    builders.sign_in(desk, builders.finance())
    there = f"/finance/bills/{bill.id}"
    seen = desk.get(there).text
    back = client.post(f"{page}/withdraw", data=token, follow_redirects=True).text
    assert "异议收回了" in back
    assert "核对无误" in back
    late = desk.post(
        f"{there}/answer",
        data=hidden(seen) | {"objection": carried(seen, "objection"), "text": "那一单是包邮，核对过了"},
    )
    assert (late.status_code, "或者已经收回了" in late.text) == (409, True)
    assert "供应商有异议" not in desk.get(there).text
    again = client.post(f"{page}/withdraw", data=token, follow_redirects=True).text
    assert "没有等着答复的异议" in again


def test_the_period_is_changed_only_to_one_that_is(client: Client, kiwi: World) -> None:
    builders.sign_in(client, builders.finance())
    (bill,) = listed(kiwi["supplier"], None, 1).items
    there = f"/finance/bills/{bill.id}"
    token = hidden(client.get(there).text)
    client.post(f"{there}/period", data=token | {"period": "year"})
    assert "请选一个结算周期" in client.get(there).text
    client.post(f"{there}/period", data=token | {"period": "week"})
    assert bills.period_of(kiwi["supplier"]).value == "week"


def test_fee_and_commission_are_told_apart_or_named_together(client: Client, kiwi: World) -> None:
    """A commission is a part of the fee, so no page calls their sum 平台服务费 or asks for it beside the fee."""
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    (bill,) = listed(kiwi["supplier"], None, 1).items
    own = client.get(f"/supplier/bills/{bill.id}").text
    assert "服务费里归平台的，供应商付" in own
    assert "服务费里分给网点的佣金，不另收" in own
    for path in ("/supplier/bills", "/supplier/statement?since=2026-09-01&until=2026-09-30"):
        assert "服务费和佣金" in client.get(path).text
    header = client.get("/supplier/bills.csv").text.splitlines()[0]
    assert "服务费归平台（元）,服务费分给网点的佣金（元）" in header


def test_finance_s_day_leads_to_bills_that_wait(client: Client, kiwi: World) -> None:
    """An objection was one row among all bills; a checked one waited without a word."""
    owner = builders.owner_of(kiwi["supplier"])
    (bill,) = listed(kiwi["supplier"], None, 1).items
    builders.sign_in(client, builders.finance())
    assert "结算单有异议" not in client.get("/finance").text
    assert bill.number not in client.get("/finance/bills?state=objected").text
    bills.object_to_bill(owner, bill.id, "有一单的运费没算进来")
    with statements() as sent:
        home = client.get("/finance").text
    assert len(sent) <= 8, sent
    assert "结算单有异议" in home
    assert "/finance/bills?state=objected" in home
    assert bill.number in client.get("/finance/bills?state=objected").text
    assert bill.number in client.get("/finance/bills.csv?state=objected").text
    bills.answer_objection(builders.finance(), bill.id, "有一单的运费没算进来", "核对过了，是包邮")
    bills.check_bill(owner, bill.id)
    home = client.get("/finance").text
    assert "结算单有异议" not in home
    assert "结算单等结清" in home
