"""Copies of the content that are not copies: other villages, other licence numbers, other prices, the same rules.

For a shop as big as a city's: a thousand or ten thousand products for a load test. Everything in them is invented, as
in the content itself; the villages are real ones of the same county.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from stdnum.cn import uscc

from marketplace.demo.content.identity import passes_luhn
from marketplace.demo.content.loader import HOUSEHOLDS_APART, Content, Product, Sku, Supplier

_CHEAPEST, _DEAREST = 85, 118  # percent of the original's price
_MARK = "（示例）"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_FIRST_LICENCE = 1_000  # beyond those of the files
_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Village:
    code: str
    name: str


def variant(content: Content, number: int, villages: Mapping[str, Sequence[Village]]) -> Content:
    """Copy ``number`` (from 1) of suppliers, products and households; buyers, units, outlets and logins stay.

    ``villages`` are those to choose from by the first six digits of their county.
    """
    rng = random.Random(number)
    moved = _moved(content, number, villages)
    suppliers = {
        f"{code}~{number}": _supplier(supplier, number, index, moved)
        for index, (code, supplier) in enumerate(content.suppliers.items())
    }
    products = [_product(product, number, rng, moved) for product in content.products.values()]
    return replace(
        content,
        suppliers=suppliers,
        products={product.code: product for product in products},
        skus={sku.key: sku for product in products for sku in product.skus},
        village_households={moved(code).code: count for code, count in content.village_households.items()},
        copy=number,
    )


def _moved(
    content: Content, number: int, villages: Mapping[str, Sequence[Village]]
) -> Callable[[str], Village]:
    """Another village of the same county for each of the content's, no two alike."""
    by_county: dict[str, list[str]] = {}
    places = {*content.village_households, *(each.village for each in content.suppliers.values())}
    for code in sorted(places):
        by_county.setdefault(code[:6], []).append(code)
    found = {}
    for county, codes in by_county.items():
        there = villages[county]
        start = number * len(codes)
        for index, code in enumerate(codes):
            found[code] = there[(start + index) % len(there)]
    return found.__getitem__


def _supplier(supplier: Supplier, number: int, index: int, moved: Callable[[str], Village]) -> Supplier:
    village = moved(supplier.village).code
    organisation = _organisation(_FIRST_LICENCE + number * 100 + index)
    licence = f"{supplier.uscc[:8]}{organisation}" if supplier.uscc else ""
    return replace(
        supplier,
        code=f"{supplier.code}~{number}",
        name=supplier.name.replace(_MARK, f"第{number}社{_MARK}"),
        village=village,
        ship_from=village,
        uscc=licence + uscc.calc_check_digit(licence) if licence else "",
        bank_account=_account(number * 100 + index),
        login=None,
        sponsor=f"{supplier.sponsor}~{number}" if supplier.sponsor else None,
        household=_household(supplier.household, number, moved) if supplier.household else None,
    )


def _household(code: str, number: int, moved: Callable[[str], Village]) -> str:
    _, village, which = code.split("-")
    return f"HH-{moved(village).code}-{number * HOUSEHOLDS_APART + int(which):02d}"


def _organisation(number: int) -> str:
    """The nine signs of an organisation nobody can be, with the check sign of GB 11714."""
    body = f"DEM{number:05d}"
    total = sum(
        weight * (int(sign) if sign.isdigit() else ord(sign) - 55)
        for sign, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    check = 11 - total % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))


def _account(number: int) -> str:
    body = f"6200009{number:011d}"
    return next(account for account in (f"{body}0", f"{body}1") if not passes_luhn(account))


def _product(product: Product, number: int, rng: random.Random, moved: Callable[[str], Village]) -> Product:
    origin = moved(product.origin)
    percent = rng.randint(_CHEAPEST, _DEAREST)
    code = f"{product.code}~{number}"
    return replace(
        product,
        code=code,
        supplier=f"{product.supplier}~{number}",
        origin=origin.code,
        name=f"{origin.name}{product.name}"[:_TITLE_LENGTH],
        title=f"{origin.name} {product.title}"[:_TITLE_LENGTH],
        first_household=number * HOUSEHOLDS_APART,
        linked={moved(village).code: count for village, count in product.linked.items()},
        skus=tuple(_sku(sku, code, percent) for sku in product.skus),
    )


def _sku(sku: Sku, product: str, percent: int) -> Sku:
    """All amounts alike, those a household gets rounded down and the fee a sponsor needs rounded up: shares keep."""
    return replace(
        sku,
        key=f"{product}/{sku.key.split('/')[1]}",
        product=product,
        price_fen=sku.price_fen * percent // 100,
        market_fen=-(-sku.market_fen * percent // 100),
        household_fen=sku.household_fen * percent // 100 if sku.household_fen is not None else None,
        sponsor_fee_fen=-(-sku.sponsor_fee_fen * percent // 100) if sku.sponsor_fee_fen is not None else None,
    )
