"""A supplier's packings as a table: what a workbook would do, and doing it, all or nothing.

A row with numbers changes that packing; one without is the packing of that name of the listing of that title, or a new
one, of a new draft where there is no such listing. So a table that is handed in twice does nothing the second time. An
empty cell leaves what is there; 无 takes away what may be missing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select

from catalog.products import packings, pricing
from catalog.products.commands import create_listing
from catalog.products.models import Listing
from catalog.products.own_queries import OwnGoods, OwnSku, listable_products, own_goods, own_skus
from catalog.products.packings import SkuEdit
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.rules import MAX_GRAMS, SkuFacts
from catalog.products.selling_rules import MAX_LIMIT_DAYS, MAX_LIMIT_UNITS, Packing
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError, InvalidInput
from marketplace.kernel.exports import Fen
from marketplace.kernel.forms import error_text
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.money import format_yuan
from marketplace.kernel.spreadsheets import (
    Column,
    Sheet,
    SheetRow,
    at_most,
    one_of,
    read_amount,
    read_day,
    read_sheet,
    read_yes,
    whole_number,
)
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Supplier

NOTHING = "无"
MOST_ROWS, MOST_NEW_LISTINGS = 500, 100
LISTING, TITLE, PRODUCT, SKU, NAME = "商品编号", "商品", "产品", "规格编号", "规格名"
_NUMBER = whole_number(1, 2**31 - 1)


def _or_nothing(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: NOTHING if text == NOTHING else read(text)


COLUMNS = (
    Column("listing", LISTING, _NUMBER, required=False),
    Column("title", TITLE, at_most(60), example="周至翠香猕猴桃（示例，导入时会跳过这一行）"),
    Column("product", PRODUCT, at_most(60), required=False, example="翠香猕猴桃"),
    Column("sku", SKU, _NUMBER, required=False),
    Column("name", NAME, at_most(60), example="5斤 · 单果90克"),
    Column("grams", "净重（克）", whole_number(1, MAX_GRAMS), example="2500"),
    Column("price_fen", "售价（元）", read_amount, example="29.90"),
    Column("is_active", "在卖", read_yes, required=False, example="是"),
    Column(
        "packing", "一份叫什么", one_of({each.word: each for each in Packing}), required=False, example="箱"
    ),
    Column("tolerance_grams", "允许偏差（克）", _or_nothing(whole_number(0, MAX_GRAMS)), required=False),
    Column("limit_units", "每人限购（份）", _or_nothing(whole_number(1, MAX_LIMIT_UNITS)), required=False),
    Column("limit_days", "限购天数", _or_nothing(whole_number(0, MAX_LIMIT_DAYS)), required=False),
    Column("presale_until", "预售截止日", _or_nothing(read_day), required=False),
    Column("ship_by", "最晚发货日", _or_nothing(read_day), required=False),
)
_LABELS = {column.key: column.label for column in COLUMNS}
#: what the table shows beside and nobody changes by it
STOCK, FLOOR = "库存（份）", "底价（元）"


@dataclass(slots=True)
class _New:
    """A draft that the table asks for, and the rows that are its packings."""

    title: str
    product_id: int
    rows: list[int] = field(default_factory=list)
    facts: list[SkuFacts] = field(default_factory=list)


@dataclass(slots=True)
class _Work:
    """What is being planned, and what would be written for it."""

    sheet: Sheet
    goods: Mapping[int, OwnGoods]
    by_title: Mapping[str, list[OwnGoods]]
    skus: Mapping[int, OwnSku]
    by_name: Mapping[tuple[int, str], OwnSku]
    products: Mapping[str, list[int]]
    plan: ImportPlan = field(default_factory=ImportPlan)
    edits: list[tuple[int, SkuEdit]] = field(default_factory=list)
    new: dict[str, _New] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)


def plan_packings(supplier_id: int, actor: Actor, data: bytes) -> ImportPlan:
    """What the workbook would do; raises InvalidInput at ``file`` for what is no such table."""
    return _prepare(actor, supplier_id, _read(data)).plan


@transactional
def import_packings(supplier_id: int, actor: Actor, data: bytes, seen: str | None = None) -> ImportPlan:
    """Write the whole workbook as it was ``seen``, or raise Conflict and write nothing. New listings are drafts."""
    sheet = _read(data)
    _lock(supplier_id, sheet)
    work = _prepare(actor, supplier_id, sheet)
    work.plan.require_clean(seen)
    edits = [edit for _, edit in work.edits]
    for new in work.new.values():
        listing_id = create_listing(actor, new.product_id, new.title)
        edits += [SkuEdit(listing_id, None, facts) for facts in new.facts]
    packings.save_packings(actor, edits)
    return work.plan


def _read(data: bytes) -> Sheet:
    sheet = read_sheet(data, COLUMNS)
    if len(sheet.all_rows) > MOST_ROWS:
        raise InvalidInput("sheets.too_many_rows", field="file", most=MOST_ROWS)
    return sheet


def _lock(supplier_id: int, sheet: Sheet) -> None:
    """Until it is written nobody else changes what the table is about: an edit that is under way is waited for and then
    found, not put back. One table of a supplier after the other, so that the second finds the drafts of the first."""
    db.session.execute(select(Supplier.id).where(Supplier.id == supplier_id).with_for_update())
    numbers = {row.values.get("listing") for row in sheet.all_rows} - {None}
    titles = {row.values.get("title") for row in sheet.all_rows} - {None}
    theirs = select(Listing.id).where(
        Listing.supplier_id == supplier_id, or_(Listing.id.in_(numbers), Listing.title.in_(titles))
    )
    db.session.execute(theirs.order_by(Listing.id).with_for_update()).all()


def _prepare(actor: Actor, supplier_id: int, sheet: Sheet) -> _Work:
    goods, skus = own_goods(supplier_id), own_skus(supplier_id)
    by_title, products = defaultdict(list), defaultdict(list)
    for each in goods:
        by_title[each.title].append(each)
    for product_id, name in listable_products([supplier_id]):
        products[name].append(product_id)
    work = _Work(
        sheet,
        {each.listing_id: each for each in goods},
        by_title,
        {each.sku_id: each for each in skus},
        {(each.goods.listing_id, each.facts.name): each for each in skus},
        products,
    )
    for row in sheet.rows:
        _plan_row(work, row)
    _refuse(
        work, [number for number, _ in work.edits], packings.check_packings(actor, [e for _, e in work.edits])
    )
    for new in work.new.values():
        _refuse(work, new.rows, packings.check_new(new.product_id, new.facts))
    work.plan.found_in(sheet)
    return work


def _refuse(work: _Work, rows: list[int], errors: Iterable[tuple[int, DomainError]]) -> None:
    for place, error in errors:
        work.sheet.refuse(rows[place], _LABELS.get(error.field or "", NAME), error_text(error))


def _plan_row(work: _Work, row: SheetRow) -> None:
    listing = _listing(work, row)
    if listing is None:
        return
    before = None
    if isinstance(listing, OwnGoods):
        number = row.values.get("sku")
        before = (
            work.skus.get(number) if number else work.by_name.get((listing.listing_id, row.values["name"]))
        )
        if number and (before is None or before.goods.listing_id != listing.listing_id):
            work.sheet.refuse(
                row.number, SKU, f"“{listing.title}”没有编号是 {number} 的规格。新规格请把编号空着"
            )
            return
    elif row.values.get("sku"):
        work.sheet.refuse(row.number, SKU, "新商品还没有规格编号，请空着")
        return
    if before is not None:
        first = work.seen.setdefault(before.sku_id, row.number)
        if first != row.number:
            work.sheet.refuse(row.number, NAME, f"和第 {first} 行是同一个规格，请只留一行")
            return
    facts = _facts(row, before.facts if before else None)
    title = f"{row.values['title']} · {facts.name}"
    if not work.plan.note(row.number, title, _words(before.facts) if before else None, _words(facts)):
        return
    if isinstance(listing, _New):
        listing.rows.append(row.number)
        listing.facts.append(facts)
    else:
        edit = SkuEdit(listing.listing_id, before.sku_id if before else None, facts)
        work.edits.append((row.number, edit))


def _listing(work: _Work, row: SheetRow) -> OwnGoods | _New | None:
    """The listing a row belongs to, or the draft it asks for; None with the error named."""
    number, title = row.values.get("listing"), row.values["title"]
    if number:
        found = work.goods.get(number)
        if found is None:
            work.sheet.refuse(
                row.number, LISTING, f"您没有编号是 {number} 的商品（到访类的请到它自己的页面改）"
            )
        elif found.title != title:
            text = f"编号 {number} 的商品叫“{found.title}”。改名请到商品页，这里写现在的名字"
            work.sheet.refuse(row.number, TITLE, text)
            return None
        return found
    named = work.by_title.get(title, [])
    if len(named) > 1:
        work.sheet.refuse(row.number, LISTING, f"有 {len(named)} 件商品都叫这个名字，请写明编号")
        return None
    return named[0] if named else _draft(work, row)


def _draft(work: _Work, row: SheetRow) -> _New | None:
    title, name = row.values["title"], row.values.get("product") or ""
    products = work.products.get(name, [])
    known = work.new.get(title)
    if len(title) < 2:
        work.sheet.refuse(row.number, TITLE, "请写 2–60 个字")
    elif not name:
        if known is not None:
            return known
        work.sheet.refuse(row.number, PRODUCT, "还没有这个商品。要新上架，请写它是哪个产品")
    elif not products:
        choices = "、".join(list(work.products)[:10]) or "现在一个也没有"
        work.sheet.refuse(row.number, PRODUCT, f"“{name}”不是认定有效的产品。可以上架的：{choices}")
    elif len(products) > 1:
        work.sheet.refuse(row.number, PRODUCT, f"有 {len(products)} 个产品都叫“{name}”，请到“上架新商品”里选")
    elif known is not None and known.product_id != products[0]:
        work.sheet.refuse(row.number, PRODUCT, "同一个商品前面写的是另一个产品")
    elif known is None and len(work.new) >= MOST_NEW_LISTINGS:
        work.sheet.refuse(row.number, TITLE, f"一次最多新上架 {MOST_NEW_LISTINGS} 件，请分两次")
    else:
        return work.new.setdefault(title, _New(title, products[0]))
    return None


def _facts(row: SheetRow, before: SkuFacts | None) -> SkuFacts:
    """What a row makes of a packing: what is written, and else what it said before."""
    values = row.values
    base = before or SkuFacts(values["name"], values["grams"], values["price_fen"])
    written: dict[str, Any] = {
        key: None if values[key] == NOTHING else values[key]
        for key in ("packing", "tolerance_grams", "limit_units", "limit_days", "presale_until", "ship_by")
        if values.get(key) is not None
    }
    if "limit_units" in written and written["limit_units"] is None:
        written.setdefault("limit_days", 0)
    if "limit_days" in written:
        written["limit_days"] = written["limit_days"] or 0
    is_active = values.get("is_active")
    return SkuFacts(
        values["name"],
        values["grams"],
        values["price_fen"],
        base.is_active if is_active is None else is_active,
        replace(base.selling, **written),
    )


def _words(facts: SkuFacts) -> dict[str, str]:
    """By column, as people read it."""
    return {label: str(cell) for label, cell in zip(_CELLS, _cells(facts), strict=True)} | {
        _LABELS["price_fen"]: format_yuan(facts.price_fen)
    }


_CELLS = [column.label for column in COLUMNS if column.key not in {"listing", "title", "product", "sku"}]


def _cells(facts: SkuFacts) -> list[object]:
    """In the order of ``_CELLS``."""
    selling = facts.selling
    return [
        facts.name,
        facts.grams,
        Fen(facts.price_fen),
        "是" if facts.is_active else "否",
        selling.packing.word,
        "" if selling.tolerance_grams is None else selling.tolerance_grams,
        "" if selling.limit_units is None else selling.limit_units,
        selling.limit_days or "",
        selling.presale_until.isoformat() if selling.presale_until else "",
        selling.ship_by.isoformat() if selling.ship_by else "",
    ]


def table_of(supplier_id: int) -> tuple[list[str], list[list[object]]]:
    """Every packing as the table that can be imported again, with its stock and its lowest price beside."""
    skus = own_skus(supplier_id)
    limits = pricing.bounds(
        {sku.goods.product_id for sku in skus}, [sku.sku_id for sku in skus], PLATFORM_FEE_BP.get()
    )
    header = [*(column.label for column in COLUMNS), STOCK, FLOOR]
    rows = []
    for sku in skus:
        floor = limits.floor(sku.goods.product_id, sku.sku_id)
        goods = sku.goods
        rows.append(
            [
                goods.listing_id,
                goods.title,
                sku.product_name,
                sku.sku_id,
                *_cells(sku.facts),
                sku.available,
                "" if floor is None else Fen(floor),
            ]
        )
    return header, rows
