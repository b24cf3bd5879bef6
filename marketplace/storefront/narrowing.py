"""The rows of choices above a list of goods: words, how many each would leave, and the address that chooses it.

A choice that would leave nothing is not offered, unless it is the one chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from catalog.attributes.rules import Attribute
from marketplace.storefront.facets import Table
from marketplace.storefront.filters import (
    INCOME_BANDS,
    PRICE_BANDS,
    Chip,
    Filters,
    chips_of,
    written_options,
)

#: A longer list of sellers to choose from is no help; the others are found by name.
MOST_SELLERS = 40
#: Of a search's attributes those that most of what was found has.
MOST_OF_SEARCH = 5


@dataclass(frozen=True, slots=True)
class Choice:
    text: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """``any_href`` chooses nothing of it; without one every choice is taken away by itself."""

    label: str
    choices: list[Choice]
    any_href: str = ""

    @property
    def narrows(self) -> bool:
        return any(each.chosen for each in self.choices)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """``rows`` stand open, ``more`` are folded away; ``sellers`` are (id, name, count); ``carried`` the arguments that
    the form of seller and price brings along; ``clear`` the address without any choice."""

    rows: list[Row]
    more: list[Row]
    sellers: list[tuple[str, str, int]]
    carried: dict[str, str]
    chips: list[Chip]
    clear: str

    @property
    def is_open(self) -> bool:
        return any(row.narrows for row in self.more)


class _Address:
    """The arguments of the list as it is asked for, in one order and without what means nothing."""

    def __init__(self, asked: Filters, question: str) -> None:
        prices = {"low": asked.low_fen, "high": asked.high_fen}
        typed = {} if asked.price else {name: _yuan(fen) for name, fen in prices.items()}
        self.arguments: dict[str, str | None] = {
            "q": question or None,
            "county": asked.county or None,
            "income": asked.income or None,
            "price": asked.price or None,
            **typed,
            "stock": "1" if asked.in_stock else None,
            "season": "1" if asked.in_season else None,
            "supplier": asked.supplier or None,
            "a": written_options(asked.options),
            "sort": asked.sort if asked.sort != ("" if question else "sold") else None,
        }

    def with_changes(self, changes: Mapping[str, str | None]) -> str:
        changed = {**self.arguments, **changes}
        return "?" + urlencode({name: value for name, value in changed.items() if value})


def _yuan(fen: int | None) -> str | None:
    if fen is None:
        return None
    return str(fen // 100) if fen % 100 == 0 else f"{fen / 100:.2f}"


def narrowing(
    table: Table, listed: int, asked: Filters, attributes: Sequence[Attribute], question: str = ""
) -> Narrowing:
    """``listed`` is what the list holds before it is narrowed; ``question`` what was searched for, if anything."""
    address, left = _Address(asked, question), table.left(listed, asked)
    own = [
        row
        for each in _foremost(attributes, left, question)
        if (row := _attribute(address, each, asked, left))
    ]
    rows = [
        *own[:1],
        _row(address, "产地", "county", table.counties.items(), asked.county, left),
        _row(address, "带农户", "income", ((n, b[0]) for n, b in INCOME_BANDS.items()), asked.income, left),
        _row(address, "价格", "price", ((n, b[0]) for n, b in PRICE_BANDS.items()), asked.price, left),
        _only(address, asked, left),
    ]
    sellers = list(left["supplier"].items())[:MOST_SELLERS]
    if asked.supplier and asked.supplier not in dict(sellers):
        sellers.append((asked.supplier, 0))
    formed = {"supplier", "price", "low", "high"}
    return Narrowing(
        rows=[row for row in rows if row is not None],
        more=own[1:],
        sellers=[(each, table.suppliers[each], count) for each, count in sellers],
        carried={name: value for name, value in address.arguments.items() if value and name not in formed},
        chips=chips_of(asked, table.counties, table.suppliers, attributes),
        clear="?" + urlencode({"q": question}) if question else "?",
    )


def _foremost(
    attributes: Sequence[Attribute], left: Mapping[str, Mapping[str, int]], question: str
) -> list[Attribute]:
    """Those of a category as they are; of all there are, those that say most of what was found."""
    if not question:
        return list(attributes)
    told = {each.id: sum(left.get(f"a{each.id}", {}).values()) for each in attributes}
    most = max(told.values(), default=0)
    found = [each for each in attributes if told[each.id] * 2 > most]
    return sorted(found, key=lambda each: each.category_code is None)[:MOST_OF_SEARCH]


def _row(
    address: _Address,
    label: str,
    name: str,
    choices: Iterable[tuple[str, str]],
    current: str,
    left: Mapping[str, Mapping[str, int]],
) -> Row | None:
    counts = left.get(name, {})
    without: dict[str, str | None] = {name: None}
    if name == "price":
        without |= {"low": None, "high": None}
    found = [
        Choice(text, counts.get(value, 0), address.with_changes(without | {name: value}), value == current)
        for value, text in choices
        if value in counts or value == current
    ]
    return Row(label, found, address.with_changes(without)) if found else None


def _attribute(
    address: _Address, attribute: Attribute, asked: Filters, left: Mapping[str, Mapping[str, int]]
) -> Row | None:
    counts = left.get(f"a{attribute.id}", {})
    others = set(asked.options) - attribute.options.keys()
    found = [
        Choice(
            name,
            counts.get(str(option), 0),
            address.with_changes({"a": written_options(others | {option})}),
            option in asked.options,
        )
        for option, name in attribute.options.items()
        if str(option) in counts or option in asked.options
    ]
    if not found or _is_idle(found, left):
        return None
    return Row(attribute.name, found, address.with_changes({"a": written_options(others)}))


def _is_idle(choices: Sequence[Choice], left: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether there is nothing to choose: one value, and everything has it."""
    only = choices[0]
    return len(choices) == 1 and not only.chosen and only.count == sum(left.get("category", {}).values())


def _only(address: _Address, asked: Filters, left: Mapping[str, Mapping[str, int]]) -> Row | None:
    """有货 and 当季, each by itself."""
    found = [
        Choice(text, count, address.with_changes({name: None if chosen else "1"}), chosen)
        for name, text, chosen in (("stock", "有货", asked.in_stock), ("season", "当季", asked.in_season))
        if (count := left.get(name, {}).get("1", 0)) or chosen
    ]
    return Row("只看", found) if found else None
