"""Numbers with check digits, masks, and what admission needs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from marketplace.demo.content.identity import id_check_digit, id_number
from marketplace.kernel.errors import InvalidInput
from marketplace.parties.rules import (
    check_bank_account,
    check_id_number,
    check_uscc,
    mask_account,
    mask_id_number,
)

TODAY = date(2026, 11, 24)
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def with_check(first_17: str) -> str:
    return first_17 + uscc.calc_check_digit(first_17)


@pytest.mark.parametrize(
    "typed",
    [
        "91110000600037341L",  # the example of the tax bureau's notes
        "91110000600037341l",
        " 9111 0000 6000 3734 1L ",
        with_check("N2610124MF1234567"),  # a village collective: the agriculture office's N2
        with_check("93610124MA6UXYRT8"),
    ],
)
def test_a_licence_number_with_its_check_digit_is_taken(typed: str) -> None:
    assert check_uscc(typed) == typed.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "parties.uscc_length"),
        ("9111000060003734", "parties.uscc_length"),
        ("91110000600037341L0", "parties.uscc_length"),
        ("91110000600037342L", "parties.uscc_check"),
        ("91110000600037341M", "parties.uscc_check"),
        ("9111000060003734IL", "parties.uscc_signs"),
        ("91110000600037341O", "parties.uscc_signs"),
        ("９1110000600037341L", "parties.uscc_signs"),
        ("9111000A600037341L", "parties.uscc_signs"),
    ],
)
def test_a_wrong_licence_number_is_refused_at_its_field(typed: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_uscc(typed)
    assert (caught.value.code, caught.value.field) == (code, "uscc")


@given(st.data())
def test_no_single_misread_sign_of_a_licence_passes(data: st.DataObject) -> None:
    number = "91110000600037341L"
    place = data.draw(st.integers(0, 17))
    sign = data.draw(st.sampled_from([each for each in SIGNS if each != number[place]]))
    with pytest.raises(InvalidInput):
        check_uscc(number[:place] + sign + number[place + 1 :])


@pytest.mark.parametrize(
    "number", [id_number(county, 7) for county in ("610124", "610118", "610117", "610111", "650102")]
)
def test_identity_numbers_of_new_counties_are_taken(number: str) -> None:
    assert check_id_number(number.lower(), TODAY) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("610124189901010", "parties.id_form"),
        ("61012418990101000A", "parties.id_form"),
        ("６10124189901010016", "parties.id_form"),
        (
            id_number("610124", 7)[:-1] + ("0" if id_number("610124", 7)[-1] != "0" else "1"),
            "parties.id_check",
        ),
        ("610124189913010012", "parties.id_birthday"),
        ("610124209901010010", "parties.id_birthday"),
        ("610124169901010015", "parties.id_birthday"),
    ],
)
def test_a_wrong_identity_number_is_refused_at_its_field(typed: str, code: str) -> None:
    if code == "parties.id_birthday":
        typed = typed[:17] + id_check_digit(typed[:17])
    with pytest.raises(InvalidInput) as caught:
        check_id_number(typed, TODAY)
    assert (caught.value.code, caught.value.field) == (code, "id_number")


@pytest.mark.parametrize("typed", ["1234567", "1" * 31, "6200a00000000001", "６２００００００００００"])
def test_a_wrong_bank_account_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        check_bank_account(typed)


def test_masks_show_only_the_ends() -> None:
    assert mask_id_number("610124189901011234") == "6101**********1234"
    assert mask_account("6200000000000001010") == "**** 1010"
    assert mask_account(None) == ""
