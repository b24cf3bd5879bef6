"""What must hold of the content before it is worth loading. ``faults`` names every breach instead of the first."""

import re
from collections.abc import Callable, Collection, Iterator

from stdnum.cn import uscc

from catalog.attributes.rules import with_parents
from catalog.products import axis_rules
from marketplace.demo.content.identity import passes_luhn
from marketplace.demo.content.loader import (
    PLATFORM_FEE_BP,
    Content,
    Mode,
    Product,
    Sku,
    SupplierKind,
    household_fen,
)
from marketplace.kernel.money import basis_points

LEAST_SHARE_BP, MOST_SHARE_BP = 4000, 6500
_MARK = "（示例）"
_GRAMS = {"斤": 500, "千克": 1000, "公斤": 1000, "克": 1}
_WEIGHT = re.compile(r"([0-9.]+)(斤|千克|公斤|克)(?:×([0-9]+))?")


def faults(content: Content, regions: Collection[str]) -> list[str]:
    """Everything wrong with the content, one sentence each; ``regions`` are the 12-digit codes that exist."""
    checks: tuple[Callable[[Content], Iterator[str]], ...] = (
        _references,
        _values,
        _suppliers,
        _products,
        _people,
    )
    return [
        *(f"no such region: {code}" for code in sorted(region_codes(content) - set(regions))),
        *(fault for check in checks for fault in check(content)),
    ]


def region_codes(content: Content) -> set[str]:
    """All division codes the content names."""
    return {
        *content.village_households,
        *(code for s in content.suppliers.values() for code in (s.village, s.ship_from)),
        *(code for p in content.products.values() for code in (p.origin, *p.linked)),
        *(person.region for person in content.people.values() if person.region),
        *(address.street for address in content.addresses),
    }


def _references(content: Content) -> Iterator[str]:
    for category in content.categories.values():
        if category.parent and category.parent not in content.categories:
            yield f"category {category.code}: no parent {category.parent}"
    for supplier in content.suppliers.values():
        if supplier.freight not in content.freights:
            yield f"supplier {supplier.code}: no freight {supplier.freight}"
        if supplier.login and supplier.login not in content.people:
            yield f"supplier {supplier.code}: no login {supplier.login}"
    for product in content.products.values():
        if product.supplier not in content.suppliers or product.category not in content.categories:
            yield f"product {product.code}: no such supplier or category"
        for village, number in product.linked.items():
            if number > content.village_households.get(village, 0):
                yield f"product {product.code}: {village} has fewer than {number} households"


def _values(content: Content) -> Iterator[str]:
    for product in content.products.values():
        path = categories_of(content, product)
        offered = {
            name
            for attribute in content.attributes
            if attribute.category in path
            for name in attribute.options
        }
        for value in sorted(set(product.values) - offered):
            yield f"product {product.code}: no attribute offers {value}"


def categories_of(content: Content, product: Product) -> list[str | None]:
    """The product's category and what it lies in, nearest first, None (all) last."""
    parents = {category.code: category.parent for category in content.categories.values()}
    return [*with_parents(product.category, parents), None]


def _suppliers(content: Content) -> Iterator[str]:
    for supplier in content.suppliers.values():
        if not supplier.name.endswith(_MARK):
            yield f"supplier {supplier.code}: not marked as invented"
        if passes_luhn(supplier.bank_account):
            yield f"supplier {supplier.code}: its account could be real"
        if supplier.kind is SupplierKind.PILOT_HOUSEHOLD:
            if supplier.sponsor not in content.suppliers or not supplier.household:
                yield f"supplier {supplier.code}: a pilot household needs its sponsor and household"
        elif not uscc.is_valid(supplier.uscc):
            yield f"supplier {supplier.code}: licence number {supplier.uscc}"


def _products(content: Content) -> Iterator[str]:
    for product in content.products.values():
        if (product.lots is not None) is not (Mode.PURCHASE in product.modes):
            yield f"product {product.code}: lots belong to purchase and to nothing else"
        if (product.share_bp > 0) is not (Mode.DIVIDEND in product.modes):
            yield f"product {product.code}: a share belongs to a dividend and to nothing else"
        if product.axes and (unfit := axis_rules.unfit([sku.name for sku in product.skus])):
            yield f"product {product.code}: not one word of each list: {unfit}"
        shown = {picture.name for picture in product.pictures}
        for sku in product.skus:
            if sku.picture is not None and sku.picture not in shown:
                yield f"sku {sku.key}: a picture its product has not"
            if (named := _named_grams(sku.name)) not in (None, sku.grams):
                yield f"sku {sku.key}: {sku.grams} g, and its name says {named}"
            yield from _economics(product, sku)


def _named_grams(name: str) -> int | None:
    """5斤 → 2500, 500克×2礼盒 → 1000; None for a name without a weight."""
    found = _WEIGHT.search(name)
    return round(float(found[1]) * _GRAMS[found[2]]) * int(found[3] or 1) if found else None


def floor_fen(product: Product, sku: Sku) -> int:
    """The least price, in fen, at which fixed terms, shares and the fee still fit into the SKU's present price.

    A lot's unit may carry one fen more than ``household_fen``, for agreed totals needn't divide evenly.
    """
    fixed = sku.household_fen + 1 if sku.household_fen is not None else 0
    rates = basis_points(sku.price_fen, product.share_bp) + basis_points(sku.price_fen, PLATFORM_FEE_BP)
    return fixed + rates


def _economics(product: Product, sku: Sku) -> Iterator[str]:
    if (sku.household_fen is not None) is not (Mode.PURCHASE in product.modes):
        yield f"sku {sku.key}: household_fen belongs to purchase"
    if (sku.sponsor_fee_fen is not None) is not (Mode.OWN in product.modes):
        yield f"sku {sku.key}: sponsor_fee_fen belongs to own"
    if sku.sponsor_fee_fen is not None and sku.sponsor_fee_fen < basis_points(sku.price_fen, PLATFORM_FEE_BP):
        yield f"sku {sku.key}: the sponsor's fee doesn't cover the platform's"
    if floor_fen(product, sku) > sku.price_fen:
        yield f"sku {sku.key}: price below the floor"
    if not LEAST_SHARE_BP <= household_fen(product, sku) * 10_000 // sku.price_fen <= MOST_SHARE_BP:
        yield f"sku {sku.key}: household share out of the usual range"
    if sku.market_fen < sku.price_fen:
        yield f"sku {sku.key}: dearer than the market"


def _people(content: Content) -> Iterator[str]:
    for person in content.people.values():
        if person.supplier and person.supplier not in content.suppliers:
            yield f"person {person.login}: no supplier {person.supplier}"
        if ("official" in person.roles) is not (person.region is not None):
            yield f"person {person.login}: a region belongs to an official"
    phones = [p.phone for p in content.people.values()] + [s.phone for s in content.suppliers.values()]
    if len(set(phones)) != len(phones):
        yield "two people share a phone"
