"""The invented households and buyers: the same ones on every machine, from the village counts alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.demo.content.identity import bank_card, id_number, person_name, phone
from marketplace.demo.content.loader import Content, Product

BUYER_COUNT = 60
GUESTS_FROM = 48  # buyers from this index on have no account

_FIRST_HOUSEHOLD_PHONE = 1001
_FIRST_BUYER_PHONE = 5001
_FIRST_BUYER_NAME = 600  # beyond the households' names


class RegisterStatus(StrEnum):
    """在册, 脱贫, 监测, 边缘, 一般."""

    REGISTERED = "registered"
    LIFTED = "lifted"
    MONITORED = "monitored"
    MARGINAL = "marginal"
    GENERAL = "general"


_STATUSES = (
    RegisterStatus.LIFTED,
    RegisterStatus.LIFTED,
    RegisterStatus.REGISTERED,
    RegisterStatus.LIFTED,
    RegisterStatus.MONITORED,
    RegisterStatus.LIFTED,
    RegisterStatus.MARGINAL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """``shares`` weigh this household in a dividend. Those of copies have no ``phone``: there are not that many invented
    ones."""

    code: str
    village: str
    name: str
    people: int
    status: RegisterStatus
    phone: str
    id_number: str
    bank_name: str
    bank_card: str
    shares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """``login`` is empty for a guest. Index 0 and 1 are the demo logins ``buyer`` and ``buyer2``."""

    index: int
    login: str
    name: str
    phone: str


def household_code(village: str, number: int) -> str:
    """``HH-<village code>-<number from 1>``."""
    return f"HH-{village}-{number:02d}"


def households(content: Content) -> list[Household]:
    """All households, village by village. Those of a login carry that person's name and phone."""
    logins = {person.household: person for person in content.people.values() if person.household}
    places = [
        (village, number)
        for village, count in content.village_households.items()
        for number in range(content.first_household + 1, content.first_household + count + 1)
    ]
    found = []
    for index, (village, number) in enumerate(places, content.copy * len(places)):
        code = household_code(village, number)
        person = logins.get(code)
        found.append(
            Household(
                code=code,
                village=village,
                name=person.name if person else person_name(index),
                people=2 + index * 5 % 4,
                status=_STATUSES[index % len(_STATUSES)],
                phone=person.phone
                if person
                else ""
                if content.copy
                else phone(_FIRST_HOUSEHOLD_PHONE + index),
                id_number=id_number(village, index),
                bank_name="示例农商银行",
                bank_card=bank_card(index + 1),
                shares=1 + index * 7 % 5,
            )
        )
    return found


def linked_codes(product: Product) -> list[str]:
    """Codes of the households in a product's agreement, in the order their goods are taken."""
    return [
        household_code(village, number)
        for village, count in product.linked.items()
        for number in range(product.first_household + 1, product.first_household + count + 1)
    ]


def buyers(content: Content) -> Sequence[Buyer]:
    """``BUYER_COUNT`` buyers: the two demo logins, members ``member02``…, then guests."""
    known = [content.people["buyer"], content.people["buyer2"]]
    return [
        *(Buyer(index=i, login=p.login, name=p.name, phone=p.phone) for i, p in enumerate(known)),
        *(
            Buyer(
                index=index,
                login=f"member{index:02d}" if index < GUESTS_FROM else "",
                name=person_name(_FIRST_BUYER_NAME + index),
                phone=phone(_FIRST_BUYER_PHONE + index),
            )
            for index in range(len(known), BUYER_COUNT)
        ),
    ]
