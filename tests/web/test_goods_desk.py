"""A listing taken off sale by the platform: at the desk, for the buyer, for the supplier."""

import pytest
from flask import Flask

from catalog.products.pictures import add_picture
from tests.factories import builders
from tests.factories.certifying import picture
from tests.support.forms import client_of, post

WHY = "标签上的净含量不对，请改成实际重量"


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    made = builders.saleable(price_fen=3000, units=10)
    add_picture(builders.owner_of(made["supplier"]), made["listing"], picture(), "一筐猕猴桃")
    return made


def test_taken_off_and_put_back(app: Flask, kiwi: dict[str, int]) -> None:
    boss, guest = client_of(app, builders.admin()), client_of(app)
    coop = client_of(app, builders.owner_of(kiwi["supplier"]))
    desk, product = f"/admin/listings/{kiwi['listing']}", f"/p/{kiwi['listing']}"
    short = post(boss, f"{desk}/withhold", page=desk, reason="不好")
    assert (short.status_code, "5–200 个字" in short.text, "不好</textarea>" in short.text) == (
        422,
        True,
        True,
    )
    assert post(boss, f"{desk}/withhold", page=desk, reason=WHY).status_code == 303
    gone = guest.get(product)
    assert (gone.status_code, "已经下架" in gone.text, WHY in gone.text) == (410, True, False)
    own = coop.get(f"/supplier/listings/{kiwi['listing']}").text
    assert (WHY in own, "请联系平台恢复" in own, ">上架<" in own) == (True, True, False)
    assert "平台强制下架了" in coop.get(product).text
    sale = f"/supplier/listings/{kiwi['listing']}/sale"
    refused = post(coop, sale, page=f"/supplier/listings/{kiwi['listing']}", act="on")
    assert "自己不能上架" in coop.get(refused.headers["Location"]).text
    assert WHY in boss.get("/admin/listings?state=withheld").text
    assert "没有符合条件的商品" in boss.get("/admin/listings?q=没有这样的&state=shown").text
    assert post(boss, f"{desk}/show-again", page=desk, reason="核对过了，没有问题").status_code == 303
    assert guest.get(product).status_code == 200
    assert "核对过了" in boss.get(desk).text
