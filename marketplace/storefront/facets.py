"""How many listings of a list each further choice would leave.

Everything shown is read once in a while and each listing given a place, the best sold first. A choice is then the set
of places that fit it, written as the bits of one number: what is left of a list is an ``&``, how much is a count of
bits. A hundred choices of ten thousand listings cost well under a millisecond and no statement.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress
from typing import Any

from sqlalchemy import select

from catalog.attributes.models import AttributeOption, ListingOption
from catalog.products.models import Listing
from catalog.products.queries import in_stock_clause, visible_clause
from marketplace.kernel import clock
from marketplace.kernel.bits import bits_of, places_of
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from marketplace.regions.queries import names_of
from marketplace.storefront.filters import Filters, bands_of_income, bands_of_price

#: Counts are for orientation: beyond this many listings they stop growing.
MOST_COUNTED = 20_000
_INVENTED = "（示例）"
_SELECTED = bytes(1 if sign == ord("1") else 0 for sign in range(256))


class Table:
    """``counties`` and ``suppliers`` are the names of all there are, by code and by id as text, ``sold_out`` the ids of
    what nobody can buy today; ``is_whole`` says whether all listings are here."""

    def __init__(
        self,
        rows: Sequence[Any],
        values: Iterable[Any],
        counties: Mapping[str, str],
        suppliers: Mapping[str, str],
    ) -> None:
        """``rows`` as ``_listings`` has them, ``values`` (listing id, attribute id, option id)."""
        self.counties, self.suppliers = counties, suppliers
        self.sold_out = frozenset(row.id for row in rows if not row.in_stock)
        self.is_whole = len(rows) < MOST_COUNTED
        self._ids = [row.id for row in rows]
        self._places = {listing_id: place for place, listing_id in enumerate(self._ids)}
        self._prices = [row.from_price_fen for row in rows]
        self._covers = [row.cover_token for row in rows]
        self._sellers = [str(row.supplier_id) for row in rows]
        self._attribute_of: dict[int, str] = {}
        fitting: dict[str, dict[str, list[int]]] = {}
        month = clock.today().month
        for place, row in enumerate(rows):
            for dimension, names in _choices_of(row, month):
                for name in names:
                    fitting.setdefault(dimension, {}).setdefault(name, []).append(place)
        for listing_id, attribute_id, option_id in values:
            if listing_id in self._places:
                dimension = self._attribute_of.setdefault(option_id, f"a{attribute_id}")
                of_option = fitting.setdefault(dimension, {}).setdefault(str(option_id), [])
                of_option.append(self._places[listing_id])
        self._sets = {
            dimension: {name: bits_of(places) for name, places in by_name.items()}
            for dimension, by_name in fitting.items()
        }

    def of_categories(self, codes: Iterable[str]) -> int:
        """The list of these categories."""
        found = 0
        for code in codes:
            found |= self._set("category", code)
        return found

    def of_listings(self, listing_ids: Iterable[int]) -> int:
        """The list of these listings, as far as they are known here."""
        return bits_of([self._places[each] for each in listing_ids if each in self._places])

    def knows(self, listing_id: int) -> bool:
        """Whether it was shown when this was read."""
        return listing_id in self._places

    def by_sales(self, groups: Sequence[Sequence[int]]) -> list[int]:
        """What has sold most first in each group, what is not known here last."""
        last = len(self._ids)
        return [
            each
            for group in groups
            for each in sorted(group, key=lambda each: (self._places.get(each, last), each))
        ]

    def cover_of(self, codes: Iterable[str]) -> str | None:
        """The picture of what sells best in these categories."""
        covers = (self._covers[place] for place in places_of(self.of_categories(codes)))
        return next((token for token in covers if token), None)

    def per_county(self) -> dict[str, int]:
        return {code: bits.bit_count() for code, bits in self._sets.get("county", {}).items()}

    def left(self, listed: int, asked: Filters) -> dict[str, dict[str, int]]:
        """By dimension and choice: how many of the list that choice would leave, everything else as asked. Choices
        that would leave nothing are not there."""
        chosen = self._chosen(asked)
        found = {}
        for dimension, by_name in self._sets.items():
            rest = _without(listed, chosen, dimension)
            counts = {name: (bits & rest).bit_count() for name, bits in by_name.items()}
            found[dimension] = {name: count for name, count in counts.items() if count}
        found["supplier"] = dict(
            Counter(self._sellers_in(_without(listed, chosen, "supplier"))).most_common()
        )
        return found

    def ranked(self, listed: int, asked: Filters) -> tuple[Iterator[int], int]:
        """The ids of what is left of a list, the best sold first and what is sold out last, and how many they are."""
        left = _without(listed, self._chosen(asked), "")
        there = left & self._set("stock", "1")
        places = chain(places_of(there), places_of(left & ~there))
        return (self._ids[place] for place in places), left.bit_count()

    def _chosen(self, asked: Filters) -> dict[str, int]:
        found = {self._attribute_of.get(each, ""): self._option(each) for each in asked.options}
        if asked.county:
            found["county"] = self._set("county", asked.county)
        if asked.income:
            found["income"] = self._set("income", asked.income)
        if asked.price:
            found["price"] = self._set("price", asked.price)
        elif asked.has_price:
            found["price"] = self._priced(asked.low_fen, asked.high_fen)
        if asked.in_stock:
            found["stock"] = self._set("stock", "1")
        if asked.in_season:
            found["season"] = self._set("season", "1")
        if asked.supplier:
            sellers = enumerate(self._sellers)
            found["supplier"] = bits_of([place for place, each in sellers if each == asked.supplier])
        return found

    def _set(self, dimension: str, name: str) -> int:
        return self._sets.get(dimension, {}).get(name, 0)

    def _option(self, option_id: int) -> int:
        return self._set(self._attribute_of.get(option_id, ""), str(option_id))

    def _priced(self, low: int | None, high: int | None) -> int:
        least, most = low or 0, high if high is not None else max(self._prices, default=0)
        return bits_of([place for place, fen in enumerate(self._prices) if least <= fen <= most])

    def _sellers_in(self, listed: int) -> Iterable[str]:
        return compress(self._sellers, bin(listed)[:1:-1].encode().translate(_SELECTED))


def _without(listed: int, chosen: Mapping[str, int], dimension: str) -> int:
    for name, bits in chosen.items():
        if name != dimension:
            listed &= bits
    return listed


def _choices_of(row: Any, month: int) -> Iterable[tuple[str, Sequence[str]]]:
    yield "category", (row.category_code,)
    yield "county", (row.county_code,)
    yield "price", bands_of_price(row.from_price_fen)
    yield "income", bands_of_income(row.from_income_fen, row.from_price_fen)
    yield "stock", ("1",) if row.in_stock else ()
    yield "season", ("1",) if month in row.season_months else ()


def read_table() -> Table:
    """Three statements, and one for names of counties not met before."""
    rows = db.session.execute(
        select(
            Listing.id,
            Listing.category_code,
            Listing.county_code,
            Listing.supplier_id,
            Listing.from_price_fen,
            Listing.from_income_fen,
            Listing.season_months,
            Listing.cover_token,
            in_stock_clause().label("in_stock"),
        )
        .where(visible_clause())
        .order_by(Listing.sold_units.desc(), Listing.id)
        .limit(MOST_COUNTED)
    ).all()
    values = db.session.execute(
        select(ListingOption.listing_id, AttributeOption.attribute_id, ListingOption.option_id).join(
            AttributeOption, AttributeOption.id == ListingOption.option_id
        )
    )
    sellers = {row.supplier_id for row in rows}
    names = db.session.execute(select(Supplier.id, Supplier.name)).all()
    return Table(
        rows,
        values,
        dict(sorted(names_of({row.county_code for row in rows}).items())),
        {str(each): name.replace(_INVENTED, "") for each, name in names if each in sellers},
    )
