"""Addresses pasted in one line, against the real divisions."""

from dataclasses import replace

import pytest
from flask import Flask

from marketplace.accounts.pasting import Pasted, read_pasted, take_numbers
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
    assert take_numbers("单号 6119900001234567") == ("单号 6119900001234567", "", "", "")


@pytest.mark.parametrize(
    ("text", "landline", "postcode"),
    [
        ("{} 029-85551234", "029-85551234", ""),
        ("（029）85551234-801，{}", "（029）85551234-801", ""),
        ("座机：02985551234 {}", "02985551234", ""),
        ("{}邮编710061", "", "710061"),
        ("{}（邮政编码：710061）", "", "710061"),
        ("710061 {} 0917-3551234", "0917-3551234", "710061"),
    ],
)
def test_a_landline_and_a_postcode_are_no_piece_of_the_address(
    app: Flask, text: str, landline: str, postcode: str
) -> None:
    found = read_pasted(text.format("王女士 19900001234 陕西省西安市雁塔区小寨路街道示例小区1号楼502"))
    assert found == replace(WHOLE, landline=landline, postcode=postcode)
    assert all(number in "".join(found.left_out) for number in (landline, postcode))


@pytest.mark.parametrize("detail", ["示例路123456号", "示例小区1号楼710061室", "示例小区02-1234"])
def test_numbers_of_a_house_stay(app: Flask, detail: str) -> None:
    found = read_pasted(f"王女士 19900001234 陕西省西安市雁塔区小寨路街道{detail}")
    assert (found.detail, found.left_out) == (detail, [])


def test_a_long_detail_is_whole_and_told(app: Flask) -> None:
    detail = "示例小区" * 20 + "5号楼501"
    found = read_pasted(f"王女士 19900001234 陕西省西安市雁塔区小寨路街道{detail}")
    assert (found.detail, found.left_out) == (detail, ["详细地址超过 80 字，请改短"])
    assert "只读了前 300 字" in read_pasted("示例" * 151).left_out
