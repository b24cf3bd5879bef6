"""Pages on a phone: nothing axe calls serious, no console error, no other host, nothing wider than the screen; and
buying without JavaScript up to the payment page. (``page_problems`` fails a test for hosts, scripts and 5xx.)"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import func, select

from catalog.products.models import Listing
from catalog.visits.models import VisitDate
from certification.applications.models import Application, HouseholdConfirmation
from certification.applications.workflow import ApplicationState
from certification.certificates.models import CatalogueBatch, Certificate
from certification.linkage.models import LinkageAgreement, SupplyLot, WorkSheet
from certification.notices.models import Objection, PublicNotice
from certification.notices.workflow import NoticeState
from certification.products.models import DeclaredProduct
from marketplace.helping.models import HelpCard
from marketplace.kernel.db import db
from marketplace.parties.models import Household
from marketplace.stories.models import Story
from marketplace.stories.workflow import StoryState
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.refunds.models import Refund
from tests.support.browsers import PHONE, Problems, open_page

pytestmark = pytest.mark.template("demo")
PASSWORD = "fupin-demo"

PAGES = {
    "": "/ /c/fruit /search?q=猕猴桃 /search?q=榴莲千层 /p/1 /cart /notices {notice} /certificates {certificate} /rules"
    " /search?q=弥猴桃 /search?q=猕猴桃脆片 /c/fruit?county=610124000000&low=20&stock=1 /search /s/1 /outlets"
    " /units /login /login/forgot /login/forgot?sent=1 /register /villages /villages?county=610124000000 {of_village} /p/999999"
    " /catalogues {catalogue} {open_notice}/object /objections /notices/calendar {trace} {visit} {visit}/reviews {date} /stories {story} {card}",
    "buyer": "/my /my/help /my/orders /my/orders?state=visit {booking} /account/sessions /account/second-factor {order} /my/addresses /my/coupons /my/coupons?shelf=used /my/favourites /seen",
    "coop": "/supplier /supplier/papers /supplier/households /supplier/households/new /supplier/products"
    " /supplier/products/new /supplier/agreements/new {draft} {draft}?step=price {draft}?step=papers"
    " {draft}?step=linkage {draft}?step=submit /supplier/applications /supplier/applications/new"
    " /supplier/certificates {held} /supplier/agreements {agreement} /supplier/monitoring /supplier/sponsored"
    " /supplier/listings /supplier/listings/table /supplier/listings/import {listing} {listing}/pictures/take /supplier/pictures /supplier/pictures/new /supplier/pictures/1 /supplier/lots /supplier/lots/new /supplier/orders {sold} {refund}"
    " /supplier/disbursements /supplier/coupons /supplier/coupons/new /supplier/bills /supplier/bills/1 /supplier/statement /messages /messages/choices /account/email",
    "inn": "/supplier/visits /supplier/visits/redeem {own_visit} {own_visit}/days {own_visit}/visit /supplier/stories"
    " /supplier/stories/new",
    "newcomer2": "/supplier/papers /supplier/papers/new?kind=health_certificate /supplier/papers/profile",
    "pilot": "/supplier/pilot/basics /supplier/pilot/household /supplier/pilot/sponsor /supplier/pilot/bank"
    " /supplier/pilot/review",
    "owner-cuifeng-vinegar": "/supplier/sheets {sheet}",
    "household": "/household /household/rights",
    "village": "/review {village} {asked} /review/acknowledgements /review/pilots /review/sheets {asked_sheet}",
    "county": "/review {county} /reports /reports/orders /review/notices /review/supervision /review/templates"
    " /review/handover /review/monitoring {watched} /registers/households {register} /registers/households/import",
    "city": "/review {city} /review/certificates {reviewed} /review/objections {objection} /review/catalogues"
    " {batch}",
    "finance": "/finance /finance/proofs /finance/bills /finance/bills/1 /finance/disputes /finance/ledger /finance/corrections {booked} {booked}/correct",
    "admin": "/admin /admin/coupons /admin/coupons/new /admin/users /admin/suppliers /admin/suppliers/30 /admin/papers /admin/bank-changes"
    " /admin/parameters /admin/audit /admin/home-slots /admin/home-slots/new /admin/hot-words /admin/listings /admin/listings/1 /admin/attributes /admin/attributes/1",
}


#: what moved by itself since the page was asked for, once two more frames are drawn
LAYOUT_SHIFT = """() => new Promise(resolve => {
    let sum = 0
    new PerformanceObserver(list => list.getEntries().forEach(each => { if (!each.hadRecentInput) sum += each.value }))
        .observe({type: "layout-shift", buffered: true})
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))))
})"""
#: what web.dev calls good
MOST_SHIFT = 0.1
#: what Python says of an object that was written where a text was meant
AN_OBJECT = re.compile(r"\b[A-Z]\w*\(\w+=|\bdatetime\.|&lt;\S+ object at|object at 0x")
#: from the home page to the payment page, with a saved address
MOST_TAPS = 8


@dataclass(frozen=True)
class Wrong:
    page: str
    what: str

    def __str__(self) -> str:
        return f"{self.page}: {self.what}"


def found_in_demo() -> dict[str, str]:
    """Addresses of pages about something, by the names in PAGES."""

    def application(state: ApplicationState) -> int | None:
        return db.session.scalar(select(Application.id).where(Application.state == state).limit(1))

    def order(*criteria: object) -> str | None:
        return db.session.scalar(select(Order.number).where(*criteria).order_by(Order.id.desc()).limit(1))  # type: ignore[arg-type]

    def first(column: object, *criteria: object) -> object:
        return db.session.scalar(select(column).where(*criteria).order_by(column).limit(1))  # type: ignore[call-overload]

    def of_first_supplier(column: object, model: object) -> object:
        query = select(column).join(Order, Order.id == model.order_id).where(Order.supplier_id == 1)  # type: ignore[attr-defined,call-overload]
        return db.session.scalar(query.limit(1))

    review = "/review/applications/{}".format
    confirming = application(ApplicationState.VILLAGE_CONFIRMATION)
    held = first(Certificate.id, Certificate.supplier_id == 1)
    return {
        "catalogue": f"/catalogues/{first(CatalogueBatch.id, CatalogueBatch.number.is_not(None))}",
        "batch": f"/review/catalogues/{first(CatalogueBatch.id, CatalogueBatch.number.is_(None))}",
        "open_notice": f"/notices/{first(PublicNotice.id, PublicNotice.state == NoticeState.OPEN)}",
        "trace": f"/trace/{first(SupplyLot.trace_code, SupplyLot.trace_code.is_not(None))}",
        "held": f"/supplier/certificates/{held}",
        "reviewed": f"/review/certificates/{held}",
        "watched": f"/review/monitoring/{held}",
        "agreement": f"/supplier/agreements/{first(LinkageAgreement.id, LinkageAgreement.supplier_id == 1)}",
        "sheet": f"/supplier/sheets/{first(WorkSheet.id)}",
        "asked_sheet": f"/review/sheets/{first(WorkSheet.id)}",
        "asked": f"{review(confirming)}/households/"
        + str(first(HouseholdConfirmation.household_id, HouseholdConfirmation.application_id == confirming)),
        "register": f"/registers/households/{first(Household.id, Household.village_code.startswith('610124'))}",
        "objection": f"/review/objections/{first(Objection.id)}",
        "notice": f"/notices/{db.session.scalar(select(PublicNotice.id).limit(1))}",
        "certificate": f"/certificates/{db.session.scalar(select(Certificate.number).limit(1))}",
        "of_village": f"/villages/{db.session.scalar(select(DeclaredProduct.origin_code).limit(1))}",
        "order": f"/my/orders/{order(Order.user_id == 1)}",
        "listing": f"/supplier/listings/{db.session.scalar(select(Listing.id).where(Listing.supplier_id == 1).limit(1))}",
        "sold": f"/supplier/orders/{order(Order.supplier_id == 1)}",
        "draft": f"/supplier/applications/{application(ApplicationState.DRAFT)}",
        "booked": f"/finance/orders/{order(Order.state == OrderState.COMPLETED)}",
        "refund": f"/supplier/refunds/{of_first_supplier(Refund.id, Refund)}",
        "village": review(application(ApplicationState.VILLAGE_CONFIRMATION)),
        "county": review(application(ApplicationState.COUNTY_REVIEW)),
        "city": review(application(ApplicationState.CITY_REVIEW)),
    }


def found_of_visits_and_stories() -> dict[str, str]:
    listing = db.session.scalar(select(VisitDate.listing_id).limit(1))
    booked = select(Order.number).where(Order.visit_on.is_not(None), Order.user_id == 1).limit(1)
    told = select(Story.id).where(Story.state == StoryState.PUBLISHED).limit(1)
    return {
        "visit": f"/p/{listing}",
        "own_visit": f"/supplier/listings/{listing}",
        "date": f"/visits/{db.session.scalar(select(func.max(VisitDate.sku_id)))}/book",
        "booking": f"/my/orders/{db.session.scalar(booked)}",
        "story": f"/stories/{db.session.scalar(told)}",
        "card": f"/help/{db.session.scalar(select(HelpCard.token))}",
    }


def sign_in(page: Page, login: str) -> None:
    page.goto("/login")
    page.get_by_label("手机号或账号").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)


def faults(page: Page, address: str, axe: Axe) -> Iterator[Wrong]:
    response = page.goto(address)
    expected = 404 if address.endswith("999999") else 200
    if response is None or response.status != expected:
        yield Wrong(address, f"answered {response and response.status}")
    if (moved := page.evaluate(LAYOUT_SHIFT)) > MOST_SHIFT:
        yield Wrong(address, f"its layout shifted by {moved:.3f}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        yield Wrong(address, f"{wide} px wider than the screen")
    if odd := AN_OBJECT.search(page.content()):
        yield Wrong(address, f"shows an object of the program: {odd[0]}")
    report = axe.run(page).response
    if not report["passes"]:
        yield Wrong(address, "axe looked at nothing")
    for violation in report["violations"]:
        if violation["impact"] in {"serious", "critical"}:
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            yield Wrong(address, f"{violation['id']} ({violation['help']}): {nodes}")


@pytest.mark.parametrize("login", PAGES, ids=lambda login: login or "anybody")
def test_pages_are_sound_on_a_phone(login: str, phone: Page) -> None:
    if login:
        sign_in(phone, login)
    known, axe = found_in_demo() | found_of_visits_and_stories(), Axe()
    wrong = [
        fault for address in PAGES[login].split() for fault in faults(phone, address.format(**known), axe)
    ]
    assert not wrong, "\n".join(str(each) for each in wrong)


@pytest.mark.parametrize(
    "path", ["/", "/c/fruit", "/search?q=猕猴桃", "/p/1", "/cart", "/certificates", "/notices", "/units"]
)
def test_text_twice_as_large_needs_no_scrolling_sideways(phone: Page, path: str) -> None:
    """WCAG 1.4.4: whoever needs it large reads all of it."""
    phone.goto(path)
    phone.evaluate("document.documentElement.style.setProperty('font-size', '200%', 'important')")
    wide = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px wider than the screen"


def test_the_buying_pages_are_sound_on_a_phone(phone: Page) -> None:
    sign_in(phone, "buyer2")
    phone.goto("/search?q=猕猴桃")
    phone.locator("article.pcard:not(.gone) h3 a").first.click()
    phone.locator("button:visible", has_text="加入购物车").click()
    axe = Axe()
    wrong = [*faults(phone, "/cart", axe), *faults(phone, "/checkout", axe)]
    phone.get_by_label("我知道生鲜的售后约定").check()
    phone.locator("button:visible", has_text="去付款").click()
    phone.wait_for_url("**/sandbox/**")
    wrong += faults(phone, phone.url, axe)
    phone.goto("/my/orders")
    phone.get_by_role("link", name="去付款").first.click()
    phone.locator("a:visible", has_text="去付款").first.click()
    phone.wait_for_url("**/pay/**")
    wrong += faults(phone, phone.url, axe)
    assert not wrong, "\n".join(str(each) for each in wrong)


def test_a_member_buys_with_few_taps(phone: Page) -> None:
    sign_in(phone, "buyer")
    phone.goto("/")
    taps = 0

    def tap(target: Locator) -> None:
        nonlocal taps
        taps += 1
        target.click()

    tap(phone.locator("article.pcard:not(.gone) h3 a").first)
    tap(phone.locator("button:visible", has_text="立即购买"))
    phone.wait_for_url("**/checkout")
    tap(phone.get_by_label("我知道生鲜的售后约定"))
    tap(phone.locator("button:visible", has_text="去付款"))
    phone.wait_for_url("**/sandbox/**")
    assert taps <= MOST_TAPS


def test_a_swapped_part_copies_no_style_that_the_policy_refuses(phone: Page, page_problems: Problems) -> None:
    """A script, an extension or a screenshot leaves ``style`` on a field; what replaces the field must not take it on."""
    sign_in(phone, "buyer2")
    phone.goto("/search?q=猕猴桃")
    phone.locator("article.pcard:not(.gone) h3 a").first.click()
    phone.locator("button:visible", has_text="加入购物车").click()
    phone.goto("/checkout")
    phone.evaluate(
        "for (const part of document.querySelectorAll('#sums, #address')) part.style.minHeight = '1px'"
    )
    with phone.expect_response("**/checkout"):
        phone.locator("input[name=how][value=pickup]").check(force=True)
    phone.locator("#address", has_text="到哪儿取").wait_for()
    phone.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added, .htmx-request')")
    assert not page_problems


def test_buying_works_without_javascript(
    app: Flask, browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, PHONE, page_problems, javascript=False) as page:
        page.goto("/search?q=猕猴桃")
        page.locator("article.pcard:not(.gone) h3 a").first.click()
        page.locator("button:visible", has_text="加入购物车").click()
        page.locator("button:visible", has_text="去结算").click()
        page.get_by_label("收货人").fill("秦示")
        page.get_by_label("手机号").fill("19900001234")
        for number, place in enumerate(("陕西省", "西安市", "雁塔区", "小寨路街道"), 1):
            page.locator(f"#region-{number}").select_option(label=place)
            page.get_by_role("button", name="下一步").click()
        page.get_by_label("详细地址").fill("示例小区 1 号楼 502")
        page.get_by_label("我知道生鲜的售后约定").check()
        page.locator("button:visible", has_text="去付款").click()
        page.wait_for_url("**/sandbox/**")


def test_a_member_finds_and_buys_without_javascript(
    app: Flask, browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, PHONE, page_problems, javascript=False) as page:
        sign_in(page, "buyer2")
        page.goto("/")
        page.locator("a[href^='/c/']:visible").first.click()
        page.wait_for_url("**/c/**")
        page.locator("article.pcard:not(.gone) h3 a").first.click()
        page.wait_for_url("**/p/**")
        page.locator("button:visible", has_text="立即购买").click()
        page.wait_for_url("**/checkout")
        if page.locator("#agree_fresh").count():
            page.locator("#agree_fresh").check()
        page.locator("button:visible", has_text="去付款").click()
        page.wait_for_url("**/sandbox/**")
        page.get_by_role("button", name="付款成功").click()
        page.get_by_role("heading", name="付好了，谢谢您").wait_for()
        page.goto("/my/orders")
        page.locator("main a[href^='/my/orders/']").first.wait_for()
