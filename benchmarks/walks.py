"""What people do: buy something, sign in."""

from itertools import count

from benchmarks.browsing import Browser, Form
from marketplace.kernel.settings import DEMO_PASSWORD

#: 雁塔区小寨路街道
PLACE = {
    "region_1": "610000000000",
    "region_2": "610100000000",
    "region_3": "610113000000",
    "region_4": "610113001000",
}
ADDRESS = {
    **PLACE,
    "address": "new",
    "recipient": "测试（示例）",
    "detail": "示例小区 1 号楼",
    "method": "online",
    "agree_fresh": "y",
}
#: 更新运费 and what changed meanwhile: the buyer looks again and confirms
MOST_CONFIRMATIONS = 3


class DidNotHappen(Exception):
    """The walk did not end where it should; its figures would be about nothing."""


_mobiles = count(19900100000)


def look(browser: Browser, product: str) -> Form:
    """Open the product's page; gives its form that puts it into the cart."""
    browser.get(product)
    return browser.form("/cart/add")


def buy(browser: Browser, add: Form) -> int:
    """From putting a product into the cart to a paid order, as a guest; gives the requests it took."""
    before, mobile = browser.requests, str(next(_mobiles))  # who buys again may have used up a coupon
    browser.submit(add, units="1", go="checkout")
    for _ in range(MOST_CONFIRMATIONS):
        browser.submit(browser.form("/checkout"), **ADDRESS, mobile=mobile)
        if browser.path.startswith("/sandbox/"):
            break
    browser.submit(browser.form("/sandbox/"), choice="pay")
    if "付好了" not in browser.text:
        raise DidNotHappen(f"not paid: {browser.status} {browser.path}")
    return browser.requests - before


def sign_in(browser: Browser, name: str) -> None:
    browser.get("/login")
    browser.submit(browser.form("/login"), identifier=name, password=DEMO_PASSWORD)
    if browser.path.startswith("/login"):
        raise DidNotHappen(f"{name} could not sign in")
