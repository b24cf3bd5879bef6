"""Invented people who can't be mistaken for real ones, in numbers the shop's own checks accept.

Every name has 示 (示例) in the middle, every identity number the birth year 1899, every phone the prefix 1990000; bank
cards fail the Luhn check.
"""

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "春秋田禾山川林泉石云雨晴和平顺宁康乐福兴旺勤俭谦信诚正直明远长青松柏梅兰菊"

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_PHONE_PREFIX = "1990000"
_BIRTH_YEAR = 1899


def person_name(number: int) -> str:
    """The ``number``-th invented name; the first 1,480 all differ, for 40 and 37 have no common divisor."""
    return f"{SURNAMES[number % len(SURNAMES)]}示{GIVEN[number % len(GIVEN)]}"


def phone(number: int) -> str:
    """19900000000 + ``number``. Raises ValueError beyond four digits."""
    if not 0 <= number <= 9999:
        raise ValueError("invented phones have four free digits")
    return f"{_PHONE_PREFIX}{number:04d}"


def id_check_digit(first_17: str) -> str:
    """The last sign of an identity number by GB 11643."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def id_number(county: str, number: int) -> str:
    """18 signs for the county's first six digits, born 1899; distinct for each ``number`` below 336,000."""
    sequence, birthday = number % 1000, (number // 1000 + number) % (12 * 28)
    month, day = birthday // 28 + 1, birthday % 28 + 1
    body = f"{county[:6]}{_BIRTH_YEAR}{month:02d}{day:02d}{sequence:03d}"
    return body + id_check_digit(body)


def passes_luhn(number: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def bank_card(number: int) -> str:
    """19 digits that no bank can have issued."""
    body = f"62000000{number:010d}"
    return next(card for card in (f"{body}0", f"{body}1") if not passes_luhn(card))
