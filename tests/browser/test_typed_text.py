"""A long form whose sign-in has ended meanwhile: what was typed is there again after signing in, for nobody else."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pages import PASSWORD, sign_in
from tests.support.browsers import DESK, PHONE, Problems, open_page

pytestmark = pytest.mark.template("demo")
FORM = "/supplier/stories/new"
TEXT = "老人家种了三十年果树。\n今年是好年景。"
PUT_BACK = "刚才没交上的内容填回来了"


def write(page: Page) -> None:
    page.goto(FORM)
    page.locator("input[name='title']").fill("坡上的三十年")
    page.locator("main textarea").first.fill(TEXT)


def hand_in(page: Page) -> None:
    page.locator("main form:has(textarea)").get_by_role("button").last.click()


def sign_in_again(page: Page, login: str) -> None:
    page.get_by_label("手机号或账号").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)


def write_until_the_sign_in_ends(page: Page, then: str) -> None:
    """And sign in as ``then``, who is back at the form."""
    sign_in(page, "coop")
    write(page)
    page.context.clear_cookies()
    hand_in(page)
    expect(page.get_by_text("页面放得太久")).to_be_visible()
    page.get_by_role("link", name="回到刚才那一页").click()
    sign_in_again(page, then)
    assert page.url.endswith(FORM)


def is_put_back(page: Page) -> bool:
    return (
        page.get_by_text(PUT_BACK).is_visible() and page.locator("main textarea").first.input_value() == TEXT
    )


def test_what_was_typed_outlives_a_sign_in_that_ended(
    browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, DESK, page_problems) as page:
        write_until_the_sign_in_ends(page, then="coop")
        assert is_put_back(page)
        expect(page.locator("input[name='title']")).to_have_value("坡上的三十年")
        page.goto(FORM)
        assert not page.get_by_text(PUT_BACK).is_visible()
        expect(page.locator("input[name='title']")).to_have_value("")


def test_signed_out_in_another_tab_leads_back_to_the_form(
    browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, PHONE, page_problems) as page:
        sign_in(page, "coop")
        write(page)
        other = page.context.new_page()
        other.goto("/my")
        other.locator("form[action='/logout'] button").first.evaluate("button => button.form.submit()")
        other.wait_for_load_state()
        hand_in(page)
        page.wait_for_url("**/login?next=**")
        expect(page.get_by_text("登录已经过期")).to_be_visible()
        sign_in_again(page, "coop")
        assert page.url.endswith(FORM)
        assert is_put_back(page)


def test_nobody_else_finds_it(browser: Browser, live_server: str, page_problems: Problems) -> None:
    with open_page(browser, live_server, DESK, page_problems) as page:
        write_until_the_sign_in_ends(page, then="coop2")
        assert not page.get_by_text(PUT_BACK).is_visible()
        expect(page.locator("main textarea").first).to_have_value("")


PASTED = "王女士 19900001234 北京市东城区景山街道示例胡同1号"


def paste_at_the_checkout(page: Page) -> None:
    page.goto("/p/1")
    page.get_by_role("button", name="立即购买").click()
    page.wait_for_url("**/checkout")
    if (
        new := page.locator("input[name=address][value=new][type=radio]")
    ).count():  # who has addresses already
        new.check()
    page.locator("details.paste summary").click()
    page.get_by_label("整段地址").fill(PASTED)
    page.get_by_role("button", name="填到下面").click()
    expect(page.get_by_text("认出来了，请核对")).to_be_visible()


def test_back_to_a_pasted_address(browser: Browser, live_server: str, page_problems: Problems) -> None:
    """The page that answered is never stored: Chromium said ERR_CACHE_MISS."""
    with open_page(browser, live_server, PHONE, page_problems) as page:
        paste_at_the_checkout(page)
        page.get_by_label("收货人").fill("李示例")
        page.get_by_role("link", name="登录，用存好的地址").click()
        page.wait_for_url("**/login?**")
        page.go_back()
        expect(page.get_by_label("收货人")).to_have_value("李示例")
        expect(page.get_by_label("详细地址")).to_have_value("示例胡同1号")
        expect(page.locator("#region-4 option:checked")).to_have_text("景山街道")
        expect(page.locator("#sums")).to_contain_text("到北京市")
        assert page.locator("#region-4 option").count() > 10  # the other streets of that district, too


def test_back_to_a_refused_form(browser: Browser, live_server: str, page_problems: Problems) -> None:
    with open_page(browser, live_server, DESK, page_problems) as page:
        sign_in(page, "buyer")
        page.goto("/my/addresses")
        page.get_by_role("link", name="修改").first.click()
        page.get_by_label("详细地址").fill("1")
        page.get_by_role("button", name="存好").click()
        expect(page.get_by_text("详细地址请写 2 到 80 字").first).to_be_visible()
        page.goto("/cart")
        page.go_back()
        expect(page.get_by_role("heading", name="修改地址")).to_be_visible()
        expect(page.get_by_label("详细地址")).to_have_value("1")
        page.reload()
        expect(page.get_by_label("详细地址")).to_have_value("1")


def test_back_after_signing_out_shows_nothing_of_it(
    browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, DESK, page_problems) as page:
        sign_in(page, "buyer")
        paste_at_the_checkout(page)
        with page.expect_navigation():
            page.get_by_role("button", name="退出").click()
        page.go_back()
        page.wait_for_load_state()
        assert "示例胡同" not in page.content()
        assert page.evaluate(
            "[...document.querySelectorAll('input')].every(each => !each.value.includes('示例'))"
        )
        assert page.evaluate("history.state") is None


def test_back_where_a_form_is_sent_to_an_address_of_its_own(
    browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, DESK, page_problems) as page:
        sign_in(page, "finance")
        page.goto("/finance/receipts?state=unclaimed")
        with page.expect_navigation():
            page.locator("form[action$='/upload'] button").evaluate("button => button.form.submit()")
        assert page.url.endswith("/finance/receipts?state=unclaimed")
        page.goto("/cart")
        page.go_back()
        expect(page.locator("form[action$='/upload']")).to_be_visible()


def test_what_went_through_to_the_bank_is_not_put_back(
    browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, PHONE, page_problems) as page:
        paste_at_the_checkout(page)
        if (agree := page.locator("#agree_fresh")).count():
            agree.check()
        page.locator("button[form=checkout]:visible").click()
        page.wait_for_url("**/sandbox/**")
        page.goto("/p/1")
        page.get_by_role("button", name="立即购买").click()
        page.wait_for_url("**/checkout")
        assert not page.get_by_text(PUT_BACK).is_visible()
        expect(page.get_by_label("收货人")).to_have_value("")
