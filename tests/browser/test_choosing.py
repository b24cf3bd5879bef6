"""A packing chosen row by row on a phone: with script at once, without by a page, both saying the same."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from catalog.products.models import Listing
from marketplace.kernel.db import db
from tests.browser.test_pages import faults
from tests.support.browsers import PHONE, Problems, open_page

pytestmark = pytest.mark.template("demo")
TITLE = "周至翠香猕猴桃"


@pytest.fixture
def at(app: Flask) -> str:
    found = db.session.scalars(select(Listing.id).where(Listing.title == TITLE, Listing.axes != [])).one()
    return f"/p/{found}"


def said(page: Page) -> list[tuple[str, str | None, bool]]:
    """(word and what it says, where it leads, whether it is chosen)."""
    return [
        (
            (each.text_content() or "").strip(),
            each.get_attribute("href"),
            each.get_attribute("aria-current") == "true",
        )
        for each in page.locator("[data-axis]").all()
    ]


def choose(page: Page, word: str) -> None:
    page.locator("a[data-axis]", has_text=word).click()


def test_every_choice_says_the_same_with_script_and_without(
    browser: Browser, live_server: str, page_problems: Problems, at: str
) -> None:
    with (
        open_page(browser, live_server, PHONE, page_problems) as phone,
        open_page(browser, live_server, PHONE, page_problems, javascript=False) as plain,
    ):
        assert list(faults(phone, at, Axe())) == []
        plain.goto(at)
        prices = set()
        for word in ("单果110克", "10斤", "5斤", "单果110克", "单果90克"):
            for page in (phone, plain):
                choose(page, word)
            expect(phone.locator("[data-axis][aria-current]", has_text=word)).to_be_visible()
            assert said(phone) == said(plain)
            price = phone.locator(".top-line .price:visible").text_content()
            assert price == plain.locator(".top-line .price:visible").text_content()
            assert phone.url.split("#")[0] == plain.url.split("#")[0]
            prices.add(price)
        assert len(prices) == 3
        # a word whose packing with the other one was never made leads to the one that was
        choose(phone, "单果110克")
        expect(phone.locator("a[data-axis]", has_text="10斤")).to_contain_text("没有这种")
        expect(phone.locator("span[data-axis]", has_text="3斤礼盒")).to_contain_text("售罄")
        choose(phone, "10斤")
        expect(phone.get_by_role("status").locator("b:visible")).to_have_text("10斤 · 单果90克")
        expect(phone.locator(".gallery [data-gallery-count]")).to_have_text("2 / 4")
        phone.locator(".buybar").get_by_role("button", name="加入购物车").click()
        phone.goto("/cart")
        expect(phone.locator(".line-item").get_by_text("10斤 · 单果90克", exact=True).first).to_be_visible()
        plain.locator(".buybar").get_by_role("button", name="立即购买").click()
        expect(plain.locator("main").get_by_text("5斤 · 单果90克").first).to_be_visible()


def test_a_card_of_one_packing_has_no_card_within(
    browser: Browser, live_server: str, page_problems: Problems, app: Flask
) -> None:
    """What keeps its weight from being broken over two lines is no choice, and has no border of one."""
    one = db.session.scalars(select(Listing.id).where(Listing.title == "白鹿原苹果脆片")).one()
    with open_page(browser, live_server, PHONE, page_problems) as phone:
        phone.goto(f"/p/{one}")
        expect(phone.locator(".sku-card").first).not_to_have_css("border-top-width", "0px")
        expect(phone.locator(".sku-card span").first).to_have_css("border-top-width", "0px")
