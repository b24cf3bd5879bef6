"""Pure rules of certification.certificates: numbers and validity."""

import re
from datetime import date
from enum import StrEnum


class StopCause(StrEnum):
    """Why a certificate was suspended or revoked. Food safety also stops what is ordered and not shipped."""

    FOOD_SAFETY = "food_safety"
    BENEFIT = "benefit"
    PRICE = "price"
    PAPERS = "papers"
    COMPLAINT = "complaint"
    OTHER = "other"


class FindingKind(StrEnum):
    """What monitoring, an objection or an inspection found about a certificate."""

    PROMISE_GAP = "promise_gap"
    OBJECTION = "objection"
    INSPECTION = "inspection"
    COMPLAINT = "complaint"


_TYPED = re.compile(r"(?a:(20\d\d)\D{0,4}(\d{1,6}))\D*")


def certificate_number(year: int, number: int) -> str:
    """西扶认〔2026〕0001号"""
    return f"西扶认〔{year}〕{number:04d}号"


def normalise_number(text: str) -> str | None:
    """What people type for a number (2026 1, 西扶认[2026]0001号 …) as it is written; None when it is none."""
    digits = text.translate(_HALF_WIDTH).strip().removeprefix("西扶认")
    found = _TYPED.fullmatch(digits.lstrip(" 〔[(（【"))
    return certificate_number(int(found[1]), int(found[2])) if found else None


_HALF_WIDTH = {ord("０") + n: ord("0") + n for n in range(10)}


def add_years(day: date, years: int) -> date:
    """The same day years later; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
