"""What the screenshots show: pages by who sees them. ``screens.py`` takes them."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass(frozen=True)
class Shot:
    """``link`` is the selector of a link to follow from ``path``; ``act`` is done on the page before it is taken."""

    name: str
    path: str
    link: str = ""
    act: Callable[[Page], None] | None = None


def follow(page: Page, link: str) -> None:
    href = page.locator(link).first.get_attribute("href")
    page.goto(str(href))


def _step(page: Page, step: str) -> None:
    page.goto(f"{page.url.partition('?')[0]}?step={step}")


def _order_with(page: Page, part: str) -> None:
    """The first of one's orders that leads on to such a page, and that page."""
    orders = page.locator("a[href^='/my/orders/']").evaluate_all("all => all.map(one => one.href)")
    for order in orders:
        page.goto(order)
        if page.locator(f"main a[href*='{part}']").count():
            follow(page, f"main a[href*='{part}'] >> nth=0")
            return


def _refund(page: Page) -> None:
    orders = page.locator("a[href^='/my/orders/']").evaluate_all("all => all.map(one => one.href)")
    for order in orders:
        page.goto(order)
        if page.locator("a[href$='/refund']").count():
            follow(page, "a[href$='/refund']")
            return


def _printed(page: Page) -> None:
    follow(page, ".assure a")
    page.goto(f"{page.url}/print")


def _one_unit(page: Page) -> None:
    page.goto("/")
    page.locator("article.pcard:not(.gone) h3 a").first.click()
    page.locator("button:visible", has_text="立即购买").click()
    page.wait_for_url("**/checkout")
    page.wait_for_load_state()


def _two_in_cart(page: Page) -> None:
    page.goto("/")
    links = page.locator("article.pcard:not(.gone) h3 a").evaluate_all("all => all.map(one => one.href)")
    for link in (links[0], links[-1]):
        page.goto(link)
        page.locator("button:visible", has_text="加入购物车").click()
        page.wait_for_load_state()
    page.goto("/cart")


def _placed(page: Page) -> None:
    _one_unit(page)
    if page.locator("#agree_fresh").count():
        page.check("#agree_fresh")
    page.locator("button[form=checkout]:visible").click()
    page.wait_for_url("**/pay/**")


def _at_the_bank(page: Page) -> None:
    _placed(page)
    page.locator("button:visible", has_text="去付款").click()
    page.wait_for_url("**/sandbox/**")


def _first_of(page: Page, start: str) -> None:
    """The first link of the page's middle that leads to an address with a number after ``start``."""
    links = page.locator(f"main a[href^='{start}']").evaluate_all(
        "all => all.map(one => one.getAttribute('href'))"
    )
    page.goto(next(link for link in links if link.removeprefix(start).partition("?")[0].strip("/").isdigit()))


def _waiting_purchase(page: Page) -> None:
    page.goto("/unit/purchases?state=submitted")
    _first_of(page, "/unit/purchases/")


def _at_the_counter(page: Page) -> None:
    _first_of(page, "/outlet/lots/new/")


def _wrong_login(page: Page) -> None:
    page.fill("#identifier", "coop")
    page.locator("form button", has_text="登录").last.click()


def _objecting(page: Page) -> None:
    links = page.locator(".board-item h2 a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    page.goto(f"{links[0]}/object")


def _traced(page: Page) -> None:
    follow(page, "article.pcard h3 a >> nth=0")
    if page.locator("a[href^='/trace/']").count():
        follow(page, "a[href^='/trace/']")


def _one_household(page: Page) -> None:
    follow(page, ROW)
    follow(page, "a:has-text('一户一户确认')")


def _a_visit(page: Page) -> None:
    follow(page, "article.pcard h3 a >> nth=0")


def _a_day(page: Page) -> None:
    _a_visit(page)
    follow(page, "#dates a.cal-d.open >> nth=0")
    page.goto(str(page.locator("#book").get_attribute("action")))


def _booked_visit(page: Page) -> None:
    page.goto("/my/orders?state=visit")
    follow(page, "main a[href^='/my/orders/'] >> nth=0")


def _days(page: Page) -> None:
    page.goto(f"{page.url}/days")


def _shared_card(page: Page) -> None:
    page.goto("/my/help")
    page.goto(
        str(page.locator("[href*='/help/'], [value*='/help/']").first.evaluate("e => e.href || e.value"))
    )


ROW = "td a.row-a >> nth=0"
PUBLIC = (
    Shot("home", "/"),
    Shot("category", "/c/fruit"),
    Shot("search", "/search?q=猕猴桃"),
    Shot("search-nothing", "/search?q=洗衣机"),
    Shot("search-corrected", "/search?q=弥猴桃"),
    Shot("categories", "/search"),
    Shot("category-narrowed", "/c/fruit?county=610124000000&stock=1"),
    Shot("visits", "/c/visit"),
    Shot("visit", "/c/visit", act=_a_visit),
    Shot("visit-book", "/c/visit", act=_a_day),
    Shot("product-reviews", "/p/1/reviews"),
    Shot("product-questions", "/p/1/questions"),
    Shot("stories", "/stories"),
    Shot("story", "/stories", "main a[href^='/stories/'] >> nth=0"),
    Shot("product", "/search?q=猕猴桃", "article.pcard h3 a >> nth=0"),
    Shot("villages", "/villages"),
    Shot("village", "/villages/610124103228"),
    Shot(
        "seller",
        "/search?q=猕猴桃",
        "article.pcard h3 a >> nth=0",
        lambda page: follow(page, "a[href^='/s/']"),
    ),
    Shot("outlets", "/outlets"),
    Shot("unit-register", "/units/register"),
    Shot("cart-empty", "/cart"),
    Shot("notices", "/notices"),
    Shot("notice", "/notices", ".board-item h2 a >> nth=0"),
    Shot("certificate-print", "/search?q=猕猴桃", "article.pcard h3 a >> nth=0", _printed),
    Shot("certificate-verify", "/certificates"),
    Shot(
        "certificate",
        "/search?q=猕猴桃",
        "article.pcard h3 a >> nth=0",
        lambda page: follow(page, ".assure a"),
    ),
    Shot("catalogues", "/catalogues"),
    Shot("catalogue", "/catalogues", "main a[href^='/catalogues/'] >> nth=0"),
    Shot("notice-object", "/notices", act=_objecting),
    Shot("objection-follow", "/objections"),
    Shot("notices-calendar", "/notices/calendar"),
    Shot("trace", "/search?q=猕猴桃", act=_traced),
    Shot("rules", "/rules"),
    Shot("login", "/login"),
    Shot("login-wrong", "/login", act=_wrong_login),
    Shot("register", "/register"),
    Shot("error-404", "/p/999999"),
)
BUYER = (
    Shot("cart", "/cart", act=_two_in_cart),
    Shot("checkout", "/cart", act=_one_unit),
    Shot("pay", "/cart", act=_placed),
    Shot("sandbox", "/cart", act=_at_the_bank),
    Shot("my", "/my"),
    Shot("my-orders", "/my/orders"),
    Shot("order", "/my/orders", "a[href^='/my/orders/'] >> nth=2"),
    Shot("refund-request", "/my/orders", act=_refund),
    Shot("refund", "/my/orders", act=lambda page: _order_with(page, "/refunds/")),
    Shot("invoice", "/my/orders", act=lambda page: _order_with(page, "/invoice")),
    Shot("order-address", "/my/orders", act=lambda page: _order_with(page, "/address")),
    Shot("addresses", "/my/addresses"),
    Shot("my-help", "/my/help"),
    Shot("my-help-card", "/my/help", act=_shared_card),
    Shot("favourites", "/my/favourites"),
    Shot("seen", "/seen"),
    Shot("visit-order", "/my/orders", act=_booked_visit),
    Shot("account-sessions", "/account/sessions"),
    Shot("account-second-factor", "/account/second-factor"),
)
COOP = (
    Shot("supplier-desk", "/supplier"),
    Shot("supplier-papers", "/supplier/papers"),
    Shot("supplier-households", "/supplier/households"),
    Shot("supplier-household", "/supplier/households", ROW),
    Shot("supplier-household-new", "/supplier/households/new"),
    Shot("supplier-products", "/supplier/products"),
    Shot("supplier-product-new", "/supplier/products/new"),
    Shot("supplier-agreements", "/supplier/agreements"),
    Shot("supplier-agreement", "/supplier/agreements", ROW),
    Shot("supplier-agreement-new", "/supplier/agreements/new"),
    Shot("supplier-applications", "/supplier/applications"),
    Shot(
        "supplier-apply-price",
        "/supplier/applications",
        "tr:has-text('草稿') a.row-a",
        lambda page: _step(page, "price"),
    ),
    Shot(
        "supplier-apply-papers",
        "/supplier/applications",
        "tr:has-text('草稿') a.row-a",
        lambda page: _step(page, "papers"),
    ),
    Shot(
        "supplier-apply-linkage",
        "/supplier/applications",
        "tr:has-text('草稿') a.row-a",
        lambda page: _step(page, "linkage"),
    ),
    Shot(
        "supplier-apply-submit",
        "/supplier/applications",
        "tr:has-text('草稿') a.row-a",
        lambda page: _step(page, "submit"),
    ),
    Shot("supplier-apply-start", "/supplier/applications/new"),
    Shot("supplier-application", "/supplier/applications", "tr:has-text('公示') a.row-a"),
    Shot("supplier-certificates", "/supplier/certificates"),
    Shot("supplier-certificate", "/supplier/certificates", ROW),
    Shot("supplier-monitoring", "/supplier/monitoring"),
    Shot("supplier-sponsored", "/supplier/sponsored"),
    Shot("supplier-lot", "/supplier/lots", ROW),
    Shot("messages", "/messages"),
    Shot("messages-choices", "/messages/choices"),
    Shot("supplier-listings", "/supplier/listings"),
    Shot("supplier-listing", "/supplier/listings", ROW),
    Shot("supplier-pictures", "/supplier/pictures"),
    Shot("supplier-listing-table", "/supplier/listings/table"),
    Shot("supplier-listing-import", "/supplier/listings/import"),
    Shot("supplier-reviews", "/supplier/reviews"),
    Shot("supplier-questions", "/supplier/questions"),
    Shot("supplier-stories", "/supplier/stories"),
    Shot("supplier-sku", "/supplier/listings", ROW, lambda page: follow(page, "#skus td a.row-a >> nth=0")),
    Shot("supplier-lots", "/supplier/lots"),
    Shot("supplier-lot-new", "/supplier/lots/new"),
    Shot("supplier-orders", "/supplier/orders"),
    Shot("supplier-order", "/supplier/orders", ROW),
    Shot("supplier-freight", "/supplier/freight"),
    Shot("supplier-refunds", "/supplier/refunds"),
    Shot("supplier-refund", "/supplier/refunds", ROW),
    Shot("supplier-return", "/supplier/refunds?state=sent_back", ROW),
    Shot("supplier-shipping", "/supplier/shipping"),
    Shot("supplier-invoices", "/supplier/invoices"),
    Shot("supplier-invoice", "/supplier/invoices", ROW),
    Shot("supplier-tax-rates", "/supplier/tax-rates"),
    Shot("supplier-coupons", "/supplier/coupons"),
    Shot("supplier-coupon-new", "/supplier/coupons/new"),
    Shot("supplier-bills", "/supplier/bills"),
    Shot("supplier-bill", "/supplier/bills", ROW),
    Shot("supplier-disbursements", "/supplier/disbursements"),
    Shot("supplier-disburse", "/supplier/disbursements", "a:has-text('登记打款') >> nth=0"),
    Shot("supplier-disbursement", "/supplier/disbursements", ROW),
    Shot("supplier-statement", "/supplier/statement"),
    Shot("supplier-receivables", "/supplier/receivables"),
    Shot("supplier-outlets", "/supplier/outlets"),
    Shot("supplier-staff", "/supplier/staff"),
)
UNIT = (
    Shot("unit-desk", "/unit"),
    Shot("unit-catalogue", "/unit/catalogue"),
    Shot("unit-purchases", "/unit/purchases"),
    Shot("unit-purchase", "/unit/purchases", act=_waiting_purchase),
    Shot("unit-acceptance", "/unit/acceptance"),
    Shot("unit-transfers", "/unit/transfers"),
    Shot("unit-orders", "/unit/orders"),
    Shot("unit-order", "/unit/orders", act=lambda page: _first_of(page, "/unit/orders/")),
    Shot("unit-pairings", "/unit/pairings"),
    Shot("unit-village", "/unit/villages/610124103228"),
    Shot("unit-plan", "/unit/plan"),
    Shot("unit-members", "/unit/members"),
    Shot("unit-profile", "/unit/profile"),
)
OUTLET = (
    Shot("outlet-desk", "/outlet"),
    Shot("outlet-pickups", "/outlet/pickups"),
    Shot("outlet-hand-over", "/outlet/hand-over"),
    Shot("outlet-goods", "/outlet/goods"),
    Shot("outlet-orders", "/outlet/orders"),
    Shot("outlet-order", "/outlet/orders", act=lambda page: _first_of(page, "/outlet/orders/")),
    Shot("outlet-lots", "/outlet/lots"),
    Shot("outlet-collect", "/outlet/lots/new"),
    Shot("outlet-collect-scale", "/outlet/lots/new", act=_at_the_counter),
    Shot("outlet-channel", "/outlet/channel"),
    Shot("outlet-month", "/outlet/month"),
)
OTHERS: dict[str, tuple[Shot, ...]] = {
    "household": (
        Shot("household-income", "/household"),
        Shot("household-rights", "/household/rights"),
        Shot("pilot-desk", "/supplier"),
    ),
    "pilot": (
        Shot("pilot-wizard", "/supplier/pilot/household"),
        Shot("pilot-review", "/supplier/pilot/review"),
    ),
    "inn": (
        Shot("supplier-visits", "/supplier/visits"),
        Shot("supplier-visits-redeem", "/supplier/visits/redeem"),
        Shot("supplier-visit-days", "/supplier/listings", ROW, _days),
        Shot("supplier-story-new", "/supplier/stories/new"),
    ),
    "newcomer2": (
        Shot("supplier-sent-back", "/supplier/papers"),
        Shot("supplier-paper-new", "/supplier/papers/new?kind=health_certificate"),
    ),
    "owner-cuifeng-vinegar": (
        Shot("supplier-sheets", "/supplier/sheets"),
        Shot("supplier-sheet", "/supplier/sheets", ROW),
        Shot("supplier-sheet-new", "/supplier/sheets", "a:has-text('填一张')"),
    ),
    "village": (
        Shot("village-worklist", "/review"),
        Shot("village-confirmation", "/review", ROW),
        Shot("village-household", "/review", act=_one_household),
        Shot("village-pilots", "/review/pilots"),
        Shot("village-sheets", "/review/sheets"),
        Shot("village-sheet", "/review/sheets", ROW),
        Shot("village-acknowledgements", "/review/acknowledgements"),
    ),
    "town": (Shot("town-application", "/review", ROW),),
    "county": (
        Shot("review-worklist", "/review"),
        Shot("review-application", "/review", ROW),
        Shot("review-notices", "/review/notices"),
        Shot("review-supervision", "/review/supervision"),
        Shot("review-templates", "/review/templates"),
        Shot("review-handover", "/review/handover"),
        Shot("review-monitoring", "/review/monitoring"),
        Shot("review-monitoring-certificate", "/review/monitoring", ROW),
        Shot("registers-households", "/registers/households"),
        Shot("registers-household", "/registers/households", ROW),
        Shot("registers-households-import", "/registers/households/import"),
        Shot("registers-outlets", "/registers/outlets"),
        Shot("registers-outlet", "/registers/outlets", ROW),
        Shot("registers-outlet-new", "/registers/outlets/new"),
        Shot("registers-outlets-import", "/registers/outlets/import"),
        Shot("registers-pairings", "/registers/pairings"),
        Shot("registers-pairing", "/registers/pairings", ROW),
        Shot("registers-pairing-new", "/registers/pairings/new"),
        Shot("report-county", "/reports"),
        Shot("report-orders", "/reports/orders"),
    ),
    "city": (
        Shot("city-application", "/review", ROW),
        Shot("review-objections", "/review/objections"),
        Shot("review-objection", "/review/objections", ROW),
        Shot("review-catalogues", "/review/catalogues"),
        Shot("review-catalogue", "/review/catalogues", "main a.doc[href^='/review/catalogues/'] >> nth=0"),
        Shot("review-certificates", "/review/certificates"),
        Shot("review-certificate", "/review/certificates", ROW),
        Shot("report", "/reports"),
        Shot("report-town", "/reports?region=610124103000"),
        *(
            Shot(f"report-by-{by}", f"/reports?by={by}")
            for by in ("supplier", "product", "category", "unit", "pairing", "outlet")
        ),
        Shot("report-verify", "/reports/verify"),
    ),
    "unit": UNIT,
    "unit-approver": (
        Shot("unit-approver-desk", "/unit"),
        Shot("unit-approver-purchase", "/unit/purchases", act=_waiting_purchase),
    ),
    "unit-finance": (Shot("unit-finance-transfers", "/unit/transfers"),),
    "outlet": OUTLET,
    "finance": (
        Shot("finance", "/finance"),
        Shot("finance-proofs", "/finance/proofs"),
        Shot("finance-receipts", "/finance/receipts"),
        Shot("finance-disbursements", "/finance/disbursements"),
        Shot("finance-ledger", "/finance/ledger"),
        Shot("finance-order", "/finance/corrections", "main a[href^='/finance/orders/'] >> nth=0"),
        Shot("finance-corrections", "/finance/corrections"),
        Shot("finance-bills", "/finance/bills"),
        Shot("finance-bill", "/finance/bills", ROW),
        Shot("finance-disputes", "/finance/disputes"),
        Shot("finance-proof", "/finance/proofs?state=accepted", ROW),
        Shot("finance-returns", "/finance/returns"),
    ),
    "admin": (
        Shot("backoffice-arbitrations", "/admin/arbitrations"),
        Shot("backoffice-arbitration", "/admin/arbitrations", ROW),
        Shot("backoffice-coupons", "/admin/coupons"),
        Shot("backoffice", "/admin"),
        Shot("backoffice-suppliers", "/admin/suppliers?state=all"),
        Shot("backoffice-supplier", "/admin/suppliers?state=all", ROW),
        Shot("backoffice-papers", "/admin/papers"),
        Shot("backoffice-bank-changes", "/admin/bank-changes"),
        Shot(
            "backoffice-bank-change", "/admin/bank-changes", "main a[href^='/admin/bank-changes/'] >> nth=0"
        ),
        Shot("backoffice-units", "/admin/units"),
        Shot("backoffice-unit", "/admin/units", ROW),
        Shot("backoffice-operations", "/admin/operations"),
        Shot("backoffice-users", "/admin/users"),
        Shot("backoffice-user", "/admin/users", ROW),
        Shot("backoffice-parameters", "/admin/parameters"),
        Shot("backoffice-home-slots", "/admin/home-slots"),
        Shot("backoffice-hot-words", "/admin/hot-words"),
        Shot("backoffice-listings", "/admin/listings"),
        Shot("backoffice-attributes", "/admin/attributes"),
        Shot("backoffice-reviews", "/admin/reviews"),
        Shot("backoffice-questions", "/admin/questions"),
        Shot("backoffice-audit", "/admin/audit"),
    ),
}


#: by login; "" is a guest
SHOTS: dict[str, tuple[Shot, ...]] = {"": PUBLIC, "buyer": BUYER, "coop": COOP, **OTHERS}
