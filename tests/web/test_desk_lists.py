"""Lists of money are found in by words and days, keep both in their address, and are downloaded as they are shown."""

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import User
from marketplace.accounts.queries import load_actor
from marketplace.kernel.db import db
from tests.factories import builders
from tests.support.clients import Client
from tests.support.counting import statements

pytestmark = pytest.mark.template("demo")
#: statements of a staff list
BUDGET = 8


@dataclass(frozen=True)
class DeskList:
    """``every``: the argument that shows all states; ``number``: what names a row, to be looked for."""

    who: str
    path: str
    every: str = "state="
    table: str = ""
    number: str = r"\d{17}"


LISTS = [
    DeskList("finance", "/finance/bills", table="/finance/bills.csv", number=r"JS\d{10,}"),
    DeskList("finance", "/finance/returns", table="/finance/returns.csv"),
    DeskList("finance", "/finance/stray"),
    DeskList(
        "finance", "/finance/disbursements", table="/finance/disbursements/paid.csv", number=r"FK\d{8,}"
    ),
    DeskList("finance", "/finance/proofs", every="state=submitted"),
    DeskList("finance", "/finance/receipts", every="state=all", number=r"(?<=流水\">)[0-9A-Z]{6,}"),
    DeskList("finance", "/finance/corrections"),
    DeskList("finance", "/finance/disputes"),
    DeskList("coop", "/supplier/orders", table="/supplier/orders.csv"),
    DeskList(
        "coop", "/supplier/refunds", every="state=all", table="/supplier/refunds.csv", number=r"R\d{17}"
    ),
    DeskList("coop", "/supplier/bills", table="/supplier/bills.csv", number=r"JS\d{10,}"),
    DeskList("coop", "/supplier/disbursements", table="/supplier/disbursements.csv", number=r"FK\d{8,}"),
]
#: nobody has stray money or a dispute in the demo
EMPTY = {"/finance/stray", "/finance/disputes"}


def signed_in(app: Flask, name: str) -> Client:
    actor = load_actor(db.session.scalars(select(User.id).where(User.username == name)).one())
    assert actor is not None
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client


def page_of(client: Client, each: DeskList, query: str = "") -> str:
    response = client.get(f"{each.path}?{each.every}{query}")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def total_of(page: str) -> int:
    found = re.search(r"共 (\d+) (?:张|笔|条|件|单)", page)
    return int(found[1]) if found else 0


def rows_of(page: str, number: str) -> list[str]:
    """What names each row of the list itself, without what stands above it."""
    body = page[page.rindex("<tbody>") :] if "<tbody>" in page else ""
    return list(dict.fromkeys(re.findall(number, body)))


def table_of(client: Client, each: DeskList, query: str = "") -> list[list[str]]:
    response = client.get(f"{each.table}?{each.every}{query}")
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(response.get_data(as_text=True).lstrip("\ufeff"))))[1:]


@pytest.mark.parametrize("each", LISTS, ids=lambda each: each.path)
def test_words_and_days_narrow_and_the_table_holds_what_is_shown(app: Flask, each: DeskList) -> None:
    client = signed_in(app, each.who)
    page = page_of(client, each)
    total, numbers = total_of(page), rows_of(page, each.number)
    assert bool(numbers) is (each.path not in EMPTY)
    nothing = page_of(client, each, "&since=2001-01-01&until=2001-01-02")
    assert total_of(nothing) == 0
    assert "没有找到" in nothing
    assert 'value="2001-01-01"' in nothing  # what was asked for stays
    for odd in (
        "&since=0001-01-01&until=9999-12-31",
        "&since=x&until=2026-02-31",
    ):  # no days, or none of a shop's
        assert total_of(page_of(client, each, odd)) == total
    assert total_of(page_of(client, each, "&q=%25")) == 0  # a percent sign is a percent sign
    if numbers:
        found = page_of(client, each, f"&q={numbers[0]}")
        assert rows_of(found, each.number) == [numbers[0]]
        assert 1 <= total_of(found) <= total
        if each.table:
            assert len(table_of(client, each)) == total
            narrowed = table_of(client, each, f"&q={numbers[0]}")
            assert len(narrowed) == total_of(found)
            assert all(numbers[0] in row for row in narrowed)
            assert table_of(client, each, "&until=2001-01-01") == []


@pytest.mark.parametrize("each", LISTS, ids=lambda each: each.path)
def test_narrowed_it_keeps_its_budget(app: Flask, each: DeskList) -> None:
    client = signed_in(app, each.who)
    page_of(client, each)
    with statements() as asked:
        page_of(client, each, "&q=2026&since=2026-01-01&until=2030-01-01")
    assert len(asked) <= BUDGET


def test_no_table_names_a_person(app: Flask) -> None:
    """Households stand in it by their number in the register, buyers not at all."""
    client = signed_in(app, "coop")
    names = set(re.findall(r'data-l="农户">([^<]+?)\s*<', page_of(client, LISTS[11])))
    written = " ".join(" ".join(row) for each in LISTS[8:] for row in table_of(client, each))
    assert names
    assert not [name for name in names if name.strip() and name.strip() in written]


def test_what_is_owed_opens_to_the_shares_and_they_to_the_books(app: Flask) -> None:
    client = signed_in(app, "auditor")
    page = client.get("/finance/disbursements").text
    row = re.search(r'href="(/finance/suppliers/\d+/due)">.*?</tr>', page, re.DOTALL)
    assert row is not None
    owed = re.findall(r'data-l="金额">¥([\d,.]+)<', row[0])[0]
    due = client.get(row[1]).text
    assert f"共 ¥{owed}" in due
    assert client.get(str(re.findall(r"/finance/orders/\d{17}", due)[0])).status_code == 200
    text = client.get(f"{row[1]}.csv").get_data(as_text=True)
    shares = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))[1:]
    assert len(shares) == total_of_shares(due)
    assert f"{sum(Decimal(share[-1]) for share in shares):,.2f}" == owed
    assert client.get("/finance/suppliers/999999/due").status_code == 404


def total_of_shares(page: str) -> int:
    found = re.search(r"共 (\d+) 份", page)
    assert found is not None
    return int(found[1])


def test_finance_and_the_supplier_read_the_same_statement(app: Flask) -> None:
    finance, supplier = signed_in(app, "finance"), signed_in(app, "coop")
    number = re.findall(r"JS\d{10,}", supplier.get("/supplier/bills").text)[0]
    bill = re.search(r'href="(/finance/bills/\d+)"', finance.get(f"/finance/bills?q={number}").text)
    assert bill is not None
    link = re.search(r'href="(/finance/suppliers/\d+/statement)\?([^"]+)"', finance.get(bill[1]).text)
    assert link is not None
    days = link[2].replace("&amp;", "&")
    theirs = supplier.get(f"/supplier/statement.csv?{days}").get_data(as_text=True)
    assert finance.get(f"{link[1]}.csv?{days}").get_data(as_text=True) == theirs
    assert len(theirs.splitlines()) > 2
    assert "/finance/orders/" in finance.get(f"{link[1]}?{days}").text
