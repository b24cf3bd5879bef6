"""What the address of a category or search page asks for. Anything unknown is simply not asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

PAGE_SIZE = 25
#: Nobody pages further: 1,000 listings, so that no page costs more than another.
LAST_PAGE = 40

SORTS = {
    "sold": "销量",
    "new": "新上架",
    "price": "价格",
    "price_desc": "价格",
    "income": "带农户多",
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


@dataclass(frozen=True, slots=True)
class Filters:
    county: str = ""
    price: str = ""
    income: str = ""
    in_stock: bool = False
    sort: str = ""
    page: int = 1

    @property
    def narrows(self) -> bool:
        return bool(self.county or self.price or self.income or self.in_stock)


def parse(arguments: Mapping[str, str], counties: Mapping[str, str], default_sort: str) -> Filters:
    """``counties`` are the codes that may be asked for."""
    county = arguments.get("county", "")
    price = arguments.get("price", "")
    income = arguments.get("income", "")
    sort = arguments.get("sort", "")
    return Filters(
        county=county if county in counties else "",
        price=price if price in PRICE_BANDS else "",
        income=income if income in INCOME_BANDS else "",
        in_stock=arguments.get("stock") == "1",
        sort=sort if sort in SORTS else default_sort,
        page=_page(arguments.get("page", "")),
    )


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
