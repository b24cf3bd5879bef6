"""What a slot and a hot word may say, when they show, and what of several shows large. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from marketplace.kernel.errors import InvalidInput

MOST_POSITION = 99
#: beside the large one; more would push the goods off the first screen
MOST_FEATURES = 4
MOST_WORDS = 8
LONGEST_TITLE, LONGEST_TEXT, LONGEST_ALT, LONGEST_TARGET, LONGEST_WORD = 24, 60, 80, 200, 12
#: A schedule longer than this is a slip of the year.
MOST_DAYS = 366


class SlotKind(StrEnum):
    BANNER = "banner"
    FEATURE = "feature"


class Standing(StrEnum):
    """Where a schedule stands on a day."""

    SHOWN = "shown"
    AHEAD = "ahead"
    OVER = "over"


class Scheduled(Protocol):
    @property
    def position(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...


class _Slot(Scheduled, Protocol):
    @property
    def kind(self) -> SlotKind: ...


T = TypeVar("T", bound=Scheduled)
S = TypeVar("S", bound=_Slot)


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What a form says of a slot, its picture apart."""

    kind: SlotKind
    title: str
    text: str
    alt: str
    target: str
    position: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class WordFacts:
    word: str
    position: int
    starts_on: date
    ends_on: date


def standing(starts_on: date, ends_on: date, day: date) -> Standing:
    if day > ends_on:
        return Standing.OVER
    return Standing.AHEAD if day < starts_on else Standing.SHOWN


def in_force(rows: Sequence[T], day: date) -> list[T]:
    """Those shown on a day, by position; of equal ones the earlier row first."""
    shown = [row for row in rows if standing(row.starts_on, row.ends_on, day) is Standing.SHOWN]
    return sorted(shown, key=lambda row: row.position)


def laid_out(rows: Sequence[S], day: date) -> tuple[S | None, list[S]]:
    """The large one and the small ones of a day: the first banner is large, further banners come before features."""
    shown = in_force(rows, day)
    banners = [row for row in shown if row.kind is SlotKind.BANNER]
    rest = [*banners[1:], *(row for row in shown if row.kind is SlotKind.FEATURE)]
    return (banners[0] if banners else None), rest[:MOST_FEATURES]


def check_slot(facts: SlotFacts) -> None:
    """Raises InvalidInput at the field that is empty or too long, at a foreign target or a schedule that ends before
    it starts."""
    for field, most in (("title", LONGEST_TITLE), ("alt", LONGEST_ALT)):
        if not 1 <= len(getattr(facts, field)) <= most:
            raise InvalidInput(f"home.{field}", field=field, most=most)
    if len(facts.text) > LONGEST_TEXT:
        raise InvalidInput("home.text", field="text", most=LONGEST_TEXT)
    if not _is_ours(facts.target):
        raise InvalidInput("home.target", field="target")
    _check_schedule(facts.position, facts.starts_on, facts.ends_on)


def check_word(facts: WordFacts) -> None:
    """Raises InvalidInput at the field."""
    if not 1 <= len(facts.word) <= LONGEST_WORD:
        raise InvalidInput("home.word", field="word", most=LONGEST_WORD)
    _check_schedule(facts.position, facts.starts_on, facts.ends_on)


def _is_ours(target: str) -> bool:
    return (
        len(target) <= LONGEST_TARGET
        and target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and target.isprintable()
    )


def _check_schedule(position: int, starts_on: date, ends_on: date) -> None:
    if not 1 <= position <= MOST_POSITION:
        raise InvalidInput("home.position", field="position", most=MOST_POSITION)
    if ends_on < starts_on:
        raise InvalidInput("home.days", field="ends_on")
    if (ends_on - starts_on).days >= MOST_DAYS:
        raise InvalidInput("home.too_long", field="ends_on", most=MOST_DAYS)
