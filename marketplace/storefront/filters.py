"""What the address of a category or search page asks for. Anything unknown is simply not asked for; only a price is
typed by people, and what is no price is told."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.attributes.rules import Attribute
from marketplace.kernel.plain_text import one_line
from marketplace.kernel.typed import half_width

PAGE_SIZE = 25
_YUAN = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,2}))?", re.ASCII)
#: Nobody pages further: 1,000 listings, so that no page costs more than another.
LAST_PAGE = 40

SORTS = {
    "sold": "销量",
    "new": "新上架",
    "price": "价格",
    "price_desc": "价格",
    "share": "增收占比",
}
PRICE_BANDS: dict[str, tuple[str, int | None, int | None]] = {
    "-20": ("¥20 以下", None, 1999),
    "20-50": ("¥20–50", 2000, 5000),
    "50-100": ("¥50–100", 5000, 10_000),
    "100-": ("¥100 以上", 10_000, None),
}
INCOME_BANDS: dict[str, tuple[str, int | None]] = {
    "5": ("每份 ¥5 以上", 500),
    "10": ("每份 ¥10 以上", 1000),
    "20": ("每份 ¥20 以上", 2000),
    "half": ("售价的一半以上", None),
}


#: More values at once narrow to nothing.
MOST_OPTIONS = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """``low_fen`` and ``high_fen`` bound the price of the cheapest packing, both included; ``price`` names the band
    they came from, if one did. ``supplier`` is an id as text, ``options`` ids of attribute values, one of each."""

    county: str = ""
    price: str = ""
    low_fen: int | None = None
    high_fen: int | None = None
    income: str = ""
    supplier: str = ""
    in_stock: bool = False
    in_season: bool = False
    options: tuple[int, ...] = ()
    sort: str = ""
    page: int = 1
    #: what was typed for the lowest and highest price and is no sum: shown again, with what is wrong
    low_odd: str = ""
    high_odd: str = ""

    @property
    def narrows(self) -> bool:
        return bool(
            self.county
            or self.has_price
            or self.income
            or self.supplier
            or self.in_stock
            or self.in_season
            or self.options
        )

    @property
    def has_price(self) -> bool:
        return self.low_fen is not None or self.high_fen is not None

    @property
    def odd_prices(self) -> list[tuple[str, str]]:
        """(of which bound, what was typed) where that is no sum."""
        return [(name, text) for name, text in (("最低价", self.low_odd), ("最高价", self.high_odd)) if text]


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing a list is narrowed by, and what to change in the address (None: take away) to widen it again."""

    text: str
    changes: Mapping[str, str | None]


def parse(
    arguments: Mapping[str, str],
    counties: Mapping[str, str],
    default_sort: str,
    suppliers: Mapping[str, str] | None = None,
    attributes: Iterable[Attribute] = (),
) -> Filters:
    """``counties``, ``suppliers`` and ``attributes`` are the codes, ids and values that may be asked for."""
    county = arguments.get("county", "")
    supplier = arguments.get("supplier", "")
    income = arguments.get("income", "")
    sort = arguments.get("sort", "")
    price, low, high = _price(arguments)
    odd = {} if price else {name: _odd(arguments.get(name, "")) for name in ("low", "high")}
    return Filters(
        county=county if county in counties else "",
        price=price,
        low_fen=low,
        high_fen=high,
        income=income if income in INCOME_BANDS else "",
        supplier=supplier if supplier in (suppliers or {}) else "",
        in_stock=arguments.get("stock") == "1",
        in_season=arguments.get("season") == "1",
        options=_options(arguments.get("a", ""), attributes),
        sort=sort if sort in SORTS else default_sort,
        page=_page(arguments.get("page", "")),
        low_odd=odd.get("low", ""),
        high_odd=odd.get("high", ""),
    )


#: what is asked for in any category alike; a category's own attributes and the page are not
_EVERYWHERE = ("county", "price", "low", "high", "income", "supplier", "stock", "season", "sort")


def kept_elsewhere(arguments: Mapping[str, str]) -> dict[str, str]:
    """What goes along into another category."""
    return {name: arguments[name] for name in _EVERYWHERE if arguments.get(name)}


def _options(text: str, attributes: Iterable[Attribute]) -> tuple[int, ...]:
    """Ids with dots between; of two of one attribute the first."""
    asked = [int(part) for part in text.split(".")[:MOST_OPTIONS] if part.isascii() and part.isdigit()]
    chosen = (next((each for each in asked if each in attribute.options), None) for attribute in attributes)
    return tuple(sorted(each for each in chosen if each is not None))


def written_options(options: Iterable[int]) -> str | None:
    """As the address has them; None for none."""
    return ".".join(map(str, sorted(options))) or None


def bands_of_price(fen: int) -> list[str]:
    return [
        name
        for name, (_, low, high) in PRICE_BANDS.items()
        if (low is None or fen >= low) and (high is None or fen <= high)
    ]


def bands_of_income(income_fen: int, price_fen: int) -> list[str]:
    return [
        name
        for name, (_, least) in INCOME_BANDS.items()
        if (income_fen >= least if least is not None else income_fen * 2 >= price_fen)
    ]


def _price(arguments: Mapping[str, str]) -> tuple[str, int | None, int | None]:
    """A band, or from and to in yuan; turned round where the lower was typed last."""
    band = PRICE_BANDS.get(arguments.get("price", ""))
    if band is not None:
        return arguments["price"], band[1], band[2]
    low, high = _yuan(arguments.get("low", "")), _yuan(arguments.get("high", ""))
    if low is not None and high is not None and low > high:
        low, high = high, low
    return "", low, high


def _yuan(text: str) -> int | None:
    """Fen of whole yuan or yuan with one or two decimals; None for anything else."""
    found = _YUAN.fullmatch(half_width(text).strip())
    if found is None:
        return None
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _odd(text: str) -> str:
    """What was typed for a sum and is none, as much as the field takes."""
    return one_line(text)[:9] if _yuan(text) is None else ""


def chips_of(
    asked: Filters,
    counties: Mapping[str, str],
    suppliers: Mapping[str, str],
    attributes: Iterable[Attribute] = (),
) -> list[Chip]:
    """What the list is narrowed by, in words, each to be taken away by itself."""
    chips = []
    for attribute in attributes:
        for option in attribute.options.keys() & set(asked.options):
            rest = {"a": written_options(set(asked.options) - {option})}
            chips.append(Chip(attribute.options[option], rest))
    if asked.county:
        chips.append(Chip(counties[asked.county], {"county": None}))
    if asked.supplier:
        chips.append(Chip(suppliers[asked.supplier], {"supplier": None}))
    if asked.income:
        chips.append(Chip(f"带农户{INCOME_BANDS[asked.income][0]}", {"income": None}))
    if asked.has_price:
        text = PRICE_BANDS[asked.price][0] if asked.price else _range(asked.low_fen, asked.high_fen)
        chips.append(Chip(text, {"price": None, "low": None, "high": None}))
    if asked.in_stock:
        chips.append(Chip("只看有货", {"stock": None}))
    if asked.in_season:
        chips.append(Chip("当季", {"season": None}))
    return chips


def _range(low: int | None, high: int | None) -> str:
    if low is None:
        return f"{_short(high or 0)} 以下"
    return f"{_short(low)}–{_short(high).removeprefix('¥')}" if high is not None else f"{_short(low)} 以上"


def _short(fen: int) -> str:
    return f"¥{fen // 100}" if fen % 100 == 0 else f"¥{fen / 100:.2f}"


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 4:
        return 1
    return min(LAST_PAGE, max(1, int(text)))


def srcset(address: str) -> str:
    """The three stored widths of a picture whose address at 640 px is given."""
    return ", ".join(f"{address.replace('640.webp', f'{width}.webp')} {width}w" for width in (320, 640, 1280))


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pager reads; ``total`` stops counting at the last page."""

    page: int
    pages: int
    total: int
    per_page: int = PAGE_SIZE


def pages_of(page: int, total: int) -> Pages:
    pages = min(LAST_PAGE, max(1, -(-total // PAGE_SIZE)))
    return Pages(min(page, pages), pages, total)
