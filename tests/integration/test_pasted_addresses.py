"""Addresses pasted in one line, against the real divisions."""

import pytest
from flask import Flask

from marketplace.accounts.pasting import Pasted, read_pasted, split
from marketplace.regions.queries import full_names_of

STREET = "610113001000"
WHOLE = Pasted(
    "王女士", "19900001234", ("610000000000", "610100000000", "610113000000", STREET), "示例小区1号楼502"
)


@pytest.mark.parametrize(
    "text",
    [
        "王女士 19900001234 陕西省西安市雁塔区小寨路街道示例小区1号楼502",
        "王女士，19900001234，陕西省 西安市 雁塔区 小寨路街道 示例小区1号楼502",
        "陕西省西安市雁塔区小寨路街道示例小区1号楼502 王女士 199-0000-1234",
        "收货人：王女士\n手机号码: 199 0000 1234\n所在地区：陕西省西安市雁塔区小寨路街道\n详细地址：示例小区1号楼502",
        "王女士+86 19900001234陕西西安雁塔区小寨路街道办事处示例小区1号楼502",
        "19900001234 王女士 西安市雁塔区小寨路街道示例小区1号楼502",
        "王女士 19900001234 雁塔区小寨路街道示例小区1号楼502",
        "王女士 19900001234 陕西省雁塔区小寨路街道示例小区1号楼502",
    ],
)
def test_one_line_is_taken_apart(app: Flask, text: str) -> None:
    found = read_pasted(text)
    assert (found, found.missing) == (WHOLE, [])


@pytest.mark.parametrize(
    ("text", "place", "detail"),
    [
        ("北京市东城区景山街道示例胡同1号", "北京市东城区景山街道", "示例胡同1号"),
        ("北京市北京市东城区景山街道示例胡同1号", "北京市东城区景山街道", "示例胡同1号"),
        ("广西南宁市青秀区示例路1号", "广西壮族自治区南宁市青秀区", "示例路1号"),
        ("内蒙古呼和浩特市新城区示例路1号", "内蒙古自治区呼和浩特市新城区", "示例路1号"),
        ("广东省东莞市虎门镇示例路1号", "广东省东莞市虎门镇", "示例路1号"),
        ("陕西省西安市雁塔区小寨西路12号", "陕西省西安市雁塔区", "小寨西路12号"),
    ],
)
def test_places_all_over_the_nation(app: Flask, text: str, place: str, detail: str) -> None:
    found = read_pasted(f"李示例 19900001234 {text}")
    assert full_names_of({found.regions[-1]})[found.regions[-1]].replace(" ", "") == place
    assert (found.recipient, found.detail) == ("李示例", detail)
    assert ("街道或乡镇" in found.missing) == (not place.endswith(("街道", "镇")))


@pytest.mark.parametrize("text", ["", "   ", "北京路12号", "海口大街 3 号", "你好", "1" * 400, "\0\u202e"])
def test_what_is_no_address_guesses_no_place(app: Flask, text: str) -> None:
    assert read_pasted(text).regions == ()


def test_a_number_within_a_longer_one_is_no_mobile() -> None:
    assert split("单号 6119900001234567") == (["单号", "6119900001234567"], "")
