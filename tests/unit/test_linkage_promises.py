"""What one household is told of an agreement: its own part, never more than the split would pay it."""

import pytest

from certification.linkage.promises import Promise, promises_to
from certification.linkage.rules import LinkageMode, Member, SaleTerms, Term, Worked, split_income

MEMBERS = (Member(7, 3, 150), Member(8, 9), Member(9, 0, 450))


def told(mode: LinkageMode, household_id: int = 7, **figures: int) -> Promise:
    agreed = SaleTerms(1, (Term(mode, **figures),), MEMBERS, worked=(Worked(7, 90), Worked(8, 630)))
    (promise,) = promises_to(agreed, household_id, "斤", 2000)
    return promise


@pytest.mark.parametrize(
    ("promise", "words", "each"),
    [
        (told(LinkageMode.DIVIDEND, share_bp=1200), "12%，按股分。这一户 3 股，大伙一共 12 股", "0.60"),
        (told(LinkageMode.TRUSTEESHIP, share_bp=50), "0.5%，按股分。这一户 3 股", "0.02"),
        (told(LinkageMode.RENT, share_bp=400), "这一户 1.5 亩，大伙一共 6 亩", "0.20"),
        (told(LinkageMode.RENT, 8, share_bp=400), "没有亩数，这一份不分", ""),
        (told(LinkageMode.LABOUR, unit_fen=160), "1.60 元工钱，按村里确认的工时", "0.20"),
        (told(LinkageMode.LABOUR, unit_fen=160), "这一户 1.5 小时，大伙一共 12 小时", "0.20"),
        (told(LinkageMode.PURCHASE), "按过秤那天说好的总价付钱", ""),
    ],
)
def test_each_mode_says_the_households_own_part(promise: Promise, words: str, each: str) -> None:
    assert words in promise.text
    assert promise.each_yuan == each


def test_own_produce_is_the_price_without_the_fee() -> None:
    agreed = SaleTerms(1, (Term(LinkageMode.OWN, sponsor_fee_fen=1500),), (Member(7),))
    (promise,) = promises_to(agreed, 7, "盒", 9800, "您家")
    assert promise.text == "卖得的钱归您家，每盒扣 15.00 元代办费。"
    assert promise.each_yuan == "83.00"
    assert promises_to(agreed, 7, "盒", None)[0].each_yuan == ""


def test_what_all_are_told_is_what_the_split_pays() -> None:
    agreed = SaleTerms(1, (Term(LinkageMode.DIVIDEND, share_bp=1234),), MEMBERS)
    told_fen = sum(promises_to(agreed, each.household_id, "斤", 1999)[0].hundred_fen or 0 for each in MEMBERS)
    assert told_fen == sum(row.fen for row in split_income(agreed, 199_900, 100, ()))
