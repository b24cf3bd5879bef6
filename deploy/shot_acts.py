"""What is done on a page before its screenshot is taken."""

from playwright.sync_api import Page

#: the link to the first thing of a list
ROW = "td a.row-a >> nth=0"


def follow(page: Page, link: str) -> None:
    href = page.locator(link).first.get_attribute("href")
    page.goto(str(href))


def step(page: Page, step: str) -> None:
    page.goto(f"{page.url.partition('?')[0]}?step={step}")


def order_with(page: Page, part: str) -> None:
    """The first of one's orders that leads on to such a page, and that page."""
    orders = page.locator("a[href^='/my/orders/']").evaluate_all("all => all.map(one => one.href)")
    for order in orders:
        page.goto(order)
        if page.locator(f"main a[href*='{part}']").count():
            follow(page, f"main a[href*='{part}'] >> nth=0")
            return


def refund(page: Page) -> None:
    orders = page.locator("a[href^='/my/orders/']").evaluate_all("all => all.map(one => one.href)")
    for order in orders:
        page.goto(order)
        if page.locator("a[href$='/refund']").count():
            follow(page, "a[href$='/refund']")
            return


def printed(page: Page) -> None:
    follow(page, ".assure a")
    page.goto(f"{page.url}/print")


def one_unit(page: Page) -> None:
    page.goto("/")
    page.locator("article.pcard:not(.gone) h3 a").first.click()
    page.locator("button:visible", has_text="立即购买").click()
    page.wait_for_url("**/checkout")
    page.wait_for_load_state()


def two_in_cart(page: Page) -> None:
    page.goto("/")
    links = page.locator("article.pcard:not(.gone) h3 a").evaluate_all("all => all.map(one => one.href)")
    for link in (links[0], links[-1]):
        page.goto(link)
        page.locator("button:visible", has_text="加入购物车").click()
        page.wait_for_load_state()
    page.goto("/cart")


def at_the_bank(page: Page) -> None:
    one_unit(page)
    if page.locator("#agree_fresh").count():
        page.check("#agree_fresh")
    page.locator("button[form=checkout]:visible").click()
    page.wait_for_url("**/sandbox/**")


def back_from_the_bank(page: Page) -> None:
    at_the_bank(page)
    page.get_by_role("link", name="先不付").click()
    page.wait_for_url("**/pay/**")


def first_of(page: Page, start: str) -> None:
    """The first link of the page's middle that leads to an address with a number after ``start``."""
    links = page.locator(f"main a[href^='{start}']").evaluate_all(
        "all => all.map(one => one.getAttribute('href'))"
    )
    page.goto(next(link for link in links if link.removeprefix(start).partition("?")[0].strip("/").isdigit()))


def waiting_purchase(page: Page) -> None:
    page.goto("/unit/purchases?state=submitted")
    first_of(page, "/unit/purchases/")


def at_the_counter(page: Page) -> None:
    first_of(page, "/outlet/lots/new/")


def wrong_login(page: Page) -> None:
    page.fill("#identifier", "coop")
    page.locator("form button", has_text="登录").last.click()


def objecting(page: Page) -> None:
    links = page.locator(".board-item h2 a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    page.goto(f"{links[0]}/object")


def traced(page: Page) -> None:
    follow(page, "article.pcard h3 a >> nth=0")
    if page.locator("a[href^='/trace/']").count():
        follow(page, "a[href^='/trace/']")


def one_household(page: Page) -> None:
    follow(page, ROW)
    follow(page, "a:has-text('一户一户确认')")


def a_visit(page: Page) -> None:
    follow(page, "article.pcard h3 a >> nth=0")


def a_day(page: Page) -> None:
    a_visit(page)
    follow(page, "#dates a.cal-d.open >> nth=0")
    page.goto(str(page.locator("#book").get_attribute("action")))


def booked_visit(page: Page) -> None:
    page.goto("/my/orders?state=visit")
    follow(page, "main a[href^='/my/orders/'] >> nth=0")


def days(page: Page) -> None:
    page.goto(f"{page.url}/days")


def shared_card(page: Page) -> None:
    page.goto("/my/help")
    page.goto(
        str(page.locator("[href*='/help/'], [value*='/help/']").first.evaluate("e => e.href || e.value"))
    )
