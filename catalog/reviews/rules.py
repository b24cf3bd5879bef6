"""What a review may say, how its writer is shown, what scores add up to. Pure."""

from dataclasses import dataclass
from enum import StrEnum

SHORTEST, LONGEST = 5, 500
LONGEST_REPLY = 300
SHORTEST_REASON, LONGEST_REASON = 5, 200
MOST_PHOTOS = 6
BEST = 5
ANONYMOUS = "匿名买家"


class Mark(StrEnum):
    """What a review comes to, by its score of the goods."""

    GOOD = "good"
    MIDDLE = "middle"
    BAD = "bad"


class Fault(StrEnum):
    """Why a review is reported, and the only reasons for which one may be hidden; an opinion is none."""

    UNLAWFUL = "unlawful"
    ABUSE = "abuse"
    PRIVACY = "privacy"
    ADVERTISING = "advertising"
    UNRELATED = "unrelated"


def mark_of(goods: int) -> Mark:
    if goods >= 4:
        return Mark.GOOD
    return Mark.MIDDLE if goods == 3 else Mark.BAD


def said(text: str) -> str:
    """Without blanks around it, and lines ended in one way only."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def shown_name(display_name: str, *, anonymous: bool) -> str:
    """王建国 → 王**. A name that begins with no letter may be a telephone number: nothing of it is shown."""
    name = display_name.strip()
    if anonymous:
        return ANONYMOUS
    return f"{name[0]}**" if name and name[0].isalpha() else "会员**"


@dataclass(frozen=True, slots=True)
class Scores:
    """Sums over all reviews of a listing. Hidden ones count: hiding must not make goods look better."""

    reviews: int = 0
    good: int = 0
    middle: int = 0
    bad: int = 0
    with_photos: int = 0
    goods_sum: int = 0
    delivery_sum: int = 0
    service_sum: int = 0
    questions: int = 0

    @property
    def goods(self) -> str:
        return average(self.goods_sum, self.reviews)

    @property
    def delivery(self) -> str:
        return average(self.delivery_sum, self.reviews)

    @property
    def service(self) -> str:
        return average(self.service_sum, self.reviews)


def average(total: int, count: int) -> str:
    """One decimal, half up; empty where there is nothing to average."""
    if count < 1:
        return ""
    tenths = (total * 20 + count) // (count * 2)
    return f"{tenths // 10}.{tenths % 10}"
