"""The search box suggests while one types: by keyboard and by pointer, said to a screen reader, and not in the way."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from catalog.search import engine

pytestmark = pytest.mark.template("demo")


@pytest.fixture(autouse=True)
def indexed(app: Flask) -> None:
    engine.rebuild()


@pytest.mark.parametrize("typed", ["猕猴", "mht", "mihou"])
def test_the_keyboard_reaches_a_product(page: Page, typed: str) -> None:
    page.goto("/villages")
    box = page.get_by_role("combobox", name="搜商品、村子、合作社")
    box.press_sequentially(typed)
    options = page.get_by_role("listbox", name="搜索建议").get_by_role("option")
    expect(options.filter(has_text="猕猴桃").first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    serious = [
        each["id"]
        for each in Axe().run(page).response["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    page.wait_for_url("**/p/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("猕猴桃")


def test_escape_closes_and_enter_searches(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox", name="搜商品、村子、合作社")
    box.press_sequentially("周至")
    expect(page.get_by_role("listbox", name="搜索建议").get_by_role("option").first).to_be_visible()
    box.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    box.press("Enter")
    page.wait_for_url("**/search?q=*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("周至")


def test_a_tap_goes_there_on_a_phone(phone: Page) -> None:
    phone.goto("/")
    phone.get_by_role("combobox", name="搜商品、村子、合作社").press_sequentially("周至")
    phone.get_by_role("listbox", name="搜索建议").get_by_role("option").filter(has_text="产地").first.click()
    phone.wait_for_url("**/search?q=*")


def test_nothing_found_shows_no_list(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox", name="搜商品、村子、合作社")
    with page.expect_response("**/search/suggest?q=*"):
        box.press_sequentially("榴莲")
    expect(page.locator("#suggestions")).to_be_hidden()
