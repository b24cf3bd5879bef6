"""Take docs/screens anew: every page that matters, as the people who use it see it, at 390 and 1440 px.

Starts a demo of its own in a folder that is thrown away, so that the pictures show what ``make run`` gives. The whole
document is taken at once with a window of its height: bars fixed to the bottom then lie below the page, as when read.
"""

import contextlib
import http.client
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.browsers import launch  # noqa: E402 - needs the path above

SCREENS = ROOT / "docs" / "screens"
SIZES = ((390, 844), (1440, 900))
PASSWORD = "fupin-demo"  # noqa: S105 - printed on the demo's login page
PREPARE_SECONDS = 180
#: taller pages are cut here: a list goes on in the same way
TALLEST = 3600
COLOURS = 160


@dataclass(frozen=True)
class Shot:
    """``link`` is the selector of a link to follow from ``path``; ``act`` is done on the page before it is taken."""

    name: str
    path: str
    link: str = ""
    act: Callable[[Page], None] | None = None


def _follow(page: Page, link: str) -> None:
    href = page.locator(link).first.get_attribute("href")
    page.goto(str(href))


def _step(page: Page, step: str) -> None:
    page.goto(f"{page.url.partition('?')[0]}?step={step}")


def _refund(page: Page) -> None:
    orders = page.locator("a[href^='/my/orders/']").evaluate_all("all => all.map(one => one.href)")
    for order in orders:
        page.goto(order)
        if page.locator("a[href$='/refund']").count():
            _follow(page, "a[href$='/refund']")
            return


def _printed(page: Page) -> None:
    _follow(page, ".assure a")
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


def _wrong_login(page: Page) -> None:
    page.fill("#identifier", "coop")
    page.locator("form button", has_text="登录").last.click()


ROW = "td a.row-a >> nth=0"
PUBLIC = (
    Shot("home", "/"),
    Shot("category", "/c/fruit"),
    Shot("search", "/search?q=猕猴桃"),
    Shot("search-nothing", "/search?q=洗衣机"),
    Shot("product", "/search?q=猕猴桃", "article.pcard h3 a >> nth=0"),
    Shot("villages", "/villages"),
    Shot("cart-empty", "/cart"),
    Shot("notices", "/notices"),
    Shot("notice", "/notices", ".board-item h2 a >> nth=0"),
    Shot("certificate-print", "/search?q=猕猴桃", "article.pcard h3 a >> nth=0", _printed),
    Shot("certificate-verify", "/certificates"),
    Shot(
        "certificate",
        "/search?q=猕猴桃",
        "article.pcard h3 a >> nth=0",
        lambda page: _follow(page, ".assure a"),
    ),
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
    Shot("addresses", "/my/addresses"),
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
    Shot("supplier-application", "/supplier/applications", "tr:has-text('公示') a.row-a"),
    Shot("supplier-listings", "/supplier/listings"),
    Shot("supplier-listing", "/supplier/listings", ROW),
    Shot("supplier-sku", "/supplier/listings", ROW, lambda page: _follow(page, "#skus td a.row-a >> nth=0")),
    Shot("supplier-lots", "/supplier/lots"),
    Shot("supplier-lot-new", "/supplier/lots/new"),
    Shot("supplier-orders", "/supplier/orders"),
    Shot("supplier-order", "/supplier/orders", ROW),
    Shot("supplier-freight", "/supplier/freight"),
    Shot("supplier-refunds", "/supplier/refunds"),
    Shot("supplier-refund", "/supplier/refunds", ROW),
    Shot("supplier-disbursements", "/supplier/disbursements"),
    Shot("supplier-disburse", "/supplier/disbursements", "a:has-text('登记打款') >> nth=0"),
    Shot("supplier-disbursement", "/supplier/disbursements", ROW),
    Shot("supplier-statement", "/supplier/statement"),
)
OTHERS: dict[str, tuple[Shot, ...]] = {
    "household": (Shot("household-income", "/household"), Shot("pilot-desk", "/supplier")),
    "village": (
        Shot("village-worklist", "/review"),
        Shot("village-confirmation", "/review", ROW),
        Shot("village-acknowledgements", "/review/acknowledgements"),
    ),
    "town": (Shot("town-application", "/review", ROW),),
    "county": (
        Shot("review-worklist", "/review"),
        Shot("review-application", "/review", ROW),
        Shot("review-notices", "/review/notices"),
        Shot("report-county", "/reports"),
        Shot("report-orders", "/reports/orders"),
    ),
    "city": (
        Shot("city-application", "/review", ROW),
        Shot("review-certificates", "/review/certificates"),
        Shot("report", "/reports"),
        Shot("report-verify", "/reports/verify"),
    ),
    "finance": (
        Shot("finance", "/finance"),
        Shot("finance-proofs", "/finance/proofs"),
        Shot("finance-proof", "/finance/proofs?state=accepted", ROW),
        Shot("finance-returns", "/finance/returns"),
    ),
    "admin": (
        Shot("backoffice", "/admin"),
        Shot("backoffice-suppliers", "/admin/suppliers?state=all"),
        Shot("backoffice-supplier", "/admin/suppliers?state=all", ROW),
        Shot("backoffice-users", "/admin/users"),
        Shot("backoffice-user", "/admin/users", ROW),
        Shot("backoffice-parameters", "/admin/parameters"),
        Shot("backoffice-audit", "/admin/audit"),
    ),
}


def take(page: Page, shot: Shot, size: tuple[int, int]) -> bytes:
    """The whole page as PNG, with the pictures that would load only when scrolled to."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.goto(shot.path)
    if shot.link:
        _follow(page, shot.link)
    if shot.act:
        shot.act(page)
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_load_state("networkidle")
    tall = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(max(tall, height), TALLEST)})
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return page.screenshot()


def keep(name: str, png: bytes) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(SCREENS / f"{name}.png", optimize=True)


def take_all(browser: Browser, address: str, only: set[str]) -> list[str]:
    """Every shot at both sizes, one browser context a person. Returns what could not be taken."""
    wrong = []
    for login, shots in {"": PUBLIC, "buyer": BUYER, "coop": COOP, **OTHERS}.items():
        wanted = [shot for shot in shots if not only or shot.name in only]
        if not wanted:
            continue
        context = browser.new_context(
            base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        if login:
            page.goto("/login")
            page.fill("#identifier", login)
            page.fill("#password", PASSWORD)
            page.locator("form button", has_text="登录").last.click()
            page.wait_for_load_state()
        for shot in wanted:
            for size in SIZES:
                try:
                    keep(f"{shot.name}-{size[0]}", take(page, shot, size))
                except PlaywrightError as error:  # one page must not cost the others
                    wrong.append(f"{shot.name}-{size[0]}: {str(error).splitlines()[0]}")
        context.close()
    return wrong


@contextlib.contextmanager
def demo(folder: Path) -> Iterator[str]:
    """A shop with the demo data on a free port; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "INSTANCE": str(folder), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen([sys.executable, str(ROOT / "deploy" / "run.py")], env=environment)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PREPARE_SECONDS * 2):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.5)
    raise RuntimeError("the demo did not start")


def main() -> int:
    """``screens.py [name …]``: all, or only these."""
    only = set(sys.argv[1:])
    folder = Path(tempfile.mkdtemp(prefix="shop-screens-"))
    if not only:
        shutil.rmtree(SCREENS, ignore_errors=True)
    SCREENS.mkdir(parents=True, exist_ok=True)
    try:
        with demo(folder) as address, sync_playwright() as playwright:
            browser = launch(playwright)
            wrong = take_all(browser, address, only)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{sum(f.stat().st_size for f in SCREENS.glob('*.png')) / 1e6:.1f} MB in {SCREENS.relative_to(ROOT)}"
    )
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
