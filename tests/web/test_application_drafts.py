"""An application while it is written: kept as one writes, two windows, several papers in one go."""

import io
import re
from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from certification.applications.commands import start_application
from certification.applications.models import Application, ApplicationEvidence
from certification.products.commands import ProductFacts, declare_product
from marketplace.kernel.db import db
from tests.factories import builders, certifying
from tests.factories.certifying import Case
from tests.support.clients import Client
from tests.support.counting import statements

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
Window = Callable[[], Client]


@pytest.fixture
def case(app: Flask) -> Case:
    return certifying.case()


@pytest.fixture
def window(app: Flask, case: Case) -> Window:
    """A browser window of the applicant."""

    def make() -> Client:
        made = app.test_client()
        assert isinstance(made, Client)
        builders.sign_in(made, case.owner)
        return made

    return make


def hidden(html: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', html)
    assert found, html[:800]
    return found[1]


def open_step(client: Client, case: Case, step: str) -> dict[str, str]:
    """What the form of a step carries without being seen."""
    html = client.get(f"/supplier/applications/{case.application}?step={step}").get_data(as_text=True)
    return {name: hidden(html, name) for name in ("csrf_token", "stamp")}


def send(client: Client, case: Case, step: str, data: Mapping[str, str]) -> TestResponse:
    return client.post(f"/supplier/applications/{case.application}?step={step}", data=data)


def kept(answer: TestResponse) -> str:
    found = re.search(r'<p id="kept"[^>]*>(.*?)</p>', answer.get_data(as_text=True))
    assert found
    return found[1]


def stored(case: Case) -> Application:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Application, case.application)


PRICES = {"price_fen": "20.00", "source_1": "城东市场", "fen_1": "19", "source_2": "超市", "fen_2": "21"}
PRODUCT = {"yearly_capacity": "2万箱", "package": "5斤一箱"}


def test_what_is_written_is_kept_and_the_price_compared_at_once(case: Case, window: Window) -> None:
    client = window()
    form = {**open_step(client, case, "price"), **PRICES, "autosave": "1"}
    answer = send(client, case, "price", {**form, "price_fen": "29.50"})
    assert answer.status_code == 200
    assert "已自动存好" in kept(answer)
    assert stored(case).price_fen == 2950
    html = answer.get_data(as_text=True)
    assert "高 47%" in html
    assert "比同类同等级的中位价 ¥20.00 高 47%" in html
    # the next one goes on from what this one left, as the browser takes over its stamp
    again = send(client, case, "price", {**form, "price_fen": "21.00", "stamp": hidden(html, "stamp")})
    assert "已自动存好" in kept(again)
    assert "比同类同等级" not in again.get_data(as_text=True)
    assert stored(case).price_fen == 2100


def test_half_a_reference_is_not_kept_and_nothing_else_with_it(case: Case, window: Window) -> None:
    client = window()
    form = {**open_step(client, case, "price"), **PRICES, "autosave": "1"}
    answer = send(client, case, "price", {**form, "price_fen": "22", "fen_2": ""})
    assert answer.status_code == 200
    assert "先没有存" in kept(answer)
    assert stored(case).price_fen == 2000


def test_two_windows_do_not_write_over_each_other(case: Case, window: Window) -> None:
    one, other = window(), window()
    agreement = {"agreement_id": str(case.agreement)}
    first = {**open_step(one, case, "product"), **PRODUCT, **agreement}
    second = {**open_step(other, case, "product"), **PRODUCT, **agreement}
    assert send(one, case, "product", {**first, "package": "10斤一箱"}).status_code == 302
    quietly = send(other, case, "product", {**second, "package": "8斤一箱", "autosave": "1"})
    assert "别的窗口" in kept(quietly)
    refused = send(other, case, "product", {**second, "package": "8斤一箱"})
    assert refused.status_code == 422
    html = refused.get_data(as_text=True)
    assert "现在存着的不一样" in html
    assert "10斤一箱" in html
    assert 'value="8斤一箱"' in html  # what was typed is not lost
    assert stored(case).package == "10斤一箱"
    knowing = {**second, "package": "8斤一箱", "stamp": hidden(html, "stamp")}
    assert send(other, case, "product", knowing).status_code == 302
    assert stored(case).package == "8斤一箱"


def test_windows_on_other_steps_or_with_the_same_words_are_in_nobodys_way(case: Case, window: Window) -> None:
    one, other = window(), window()
    product = {**open_step(one, case, "product"), **PRODUCT, "agreement_id": str(case.agreement)}
    price = {**open_step(other, case, "price"), **PRICES}
    assert send(one, case, "product", {**product, "package": "10斤一箱"}).status_code == 302
    assert send(other, case, "price", {**price, "price_fen": "21"}).status_code == 302
    # the browser's own keeping may have come first
    assert send(one, case, "product", {**product, "package": "10斤一箱"}).status_code == 302


def bring(client: Client, case: Case, *files: tuple[bytes, str]) -> TestResponse:
    token = hidden(
        client.get(f"/supplier/applications/{case.application}?step=papers").get_data(as_text=True),
        "csrf_token",
    )
    uploads = [(io.BytesIO(content), name) for content, name in files]
    return client.post(
        f"/supplier/applications/{case.application}/evidence",
        data={"csrf_token": token, "kind": "test_report", "file": uploads},
    )


def test_several_papers_go_together_or_not_at_all(case: Case, window: Window) -> None:
    client = window()
    count = select(func.count()).where(ApplicationEvidence.application_id == case.application)
    before = db.session.scalar(count) or 0
    refused = bring(client, case, (PDF, "一.pdf"), (b"junk", "二.pdf"), (PDF, "三.pdf"))
    assert refused.status_code == 422
    assert "「二.pdf」" in refused.get_data(as_text=True)
    db.session.rollback()
    assert db.session.scalar(count) == before
    assert bring(client, case, (PDF, "一.pdf"), (PDF, "三.pdf")).status_code == 302
    db.session.rollback()
    assert db.session.scalar(count) == before + 2


@pytest.mark.parametrize("stamp", ["", "x" * 5000, "0123456789abcdef"])
def test_an_odd_stamp_is_answered(case: Case, window: Window, stamp: str) -> None:
    client = window()
    form = {**open_step(client, case, "product"), **PRODUCT, "agreement_id": str(case.agreement)}
    assert send(client, case, "product", {**form, "package": "3斤一箱", "stamp": stamp}).status_code in {
        302,
        422,
    }


def test_the_list_asks_no_more_for_more_drafts(case: Case, window: Window) -> None:
    client = window()
    asked = []
    for _ in range(2):
        for number in range(3):
            declared = declare_product(
                case.owner,
                case.supplier,
                ProductFacts(f"样品{number}", "fruit", builders.VILLAGE, "斤"),
            )
            start_application(case.owner, declared)
        client.get("/supplier/applications")
        with statements() as sent:
            page = client.get("/supplier/applications")
        assert "还差" in page.get_data(as_text=True)
        asked.append(len(sent))
    assert asked[0] == asked[1] <= 14, asked
