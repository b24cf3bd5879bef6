"""Fetching at an outlet: which are offered first."""

import pytest
from flask import Flask

from marketplace.accounts.addresses import save_address
from tests.factories import builders, outlets
from tests.support.clients import Client


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    app.config["WTF_CSRF_ENABLED"] = False
    return builders.saleable(units=10)


def put(client: Client, sku_id: int) -> None:
    client.post("/cart/add", data={"sku_id": sku_id, "units": "1"})


def test_outlets_of_the_buyers_own_county_are_offered_first(
    app: Flask, client: Client, kiwi: dict[str, int]
) -> None:
    outlets.outlet(builders.TOWN, name="马召镇便民网点")
    outlets.outlet("610102000000", name="新城区中心（示例）")
    put(client, kiwi["sku"])
    asked = {"how": "pickup", "step": "refresh"}
    assert "新城区中心" in client.post("/checkout", data=asked).text
    home = {"region_1": "610000000000", "region_2": "610100000000", "region_3": builders.COUNTY}
    near = client.post("/checkout", data={**asked, **home}).text
    assert "马召镇便民网点" in near
    assert "新城区中心" not in near
    assert "选好网点后算" in near
    member = builders.user("buyer")
    save_address(member.user_id, "孙小妹", "19900006655", builders.TOWN, "示例街 9 号")
    own = app.test_client()
    assert isinstance(own, Client)
    builders.sign_in(own, member)
    put(own, kiwi["sku"])
    asked = {"how": "pickup", "step": "refresh"}
    assert "马召镇便民网点" in own.post("/checkout", data=asked).text
