"""What is measured: real addresses of an instance, and the statements each of them costs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from benchmarks import counting
from catalog.products.models import Listing, Sku
from catalog.products.queries import goods_clause, in_stock_clause, visible_clause
from catalog.stock.models import StockRow
from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from orders.ordering.models import OrderLine

#: so many of them are made by one load of the demo
PRODUCTS_OF_ONE_DEMO = 71
SEARCH = "猕猴桃"
YEAR = "2026"


def anew(path: str) -> str:
    """The same page under an address too long for the shop to keep: it is rendered every time."""
    return f"{path}{'&' if '?' in path else '?'}nothing={'x' * 200}"


class NotAnew(Exception):
    """A page that asks the database nothing was not rendered; its figure would be about something else."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Addresses by name, statements by name; ``buyable`` is the product that is bought again and again."""

    products: int
    order_lines: int
    pages: dict[str, str]
    reports: dict[str, str]
    buyable: str
    statements: dict[str, int]


def find_subjects(instance: Path) -> Subjects:
    app = create_app(Settings(instance=instance))
    with app.app_context():
        pages, buyable = pages_of(app)
        reports = _reports()
        products = db.session.scalar(select(func.count()).select_from(Listing).where(visible_clause())) or 0
        lines = db.session.scalar(select(func.count()).select_from(OrderLine)) or 0
        db.session.rollback()
    return Subjects(products, lines, pages, reports, buyable, _statements(app, pages, reports, buyable))


def _statements(app: Flask, pages: dict[str, str], reports: dict[str, str], buyable: str) -> dict[str, int]:
    """Each in a context of its own, as requests have them."""
    found = counting.of_pages(app, {name: anew(path) for name, path in pages.items()})
    kept = [name for name, count in found.items() if count == 0]
    if kept:
        raise NotAnew(", ".join(kept))
    found |= counting.of_pages(app, reports, login="city")
    bought = counting.of_purchase(app, buyable)
    found["placing"] = counting.at_placing(bought)
    found["checkout"] = next(
        count for method, path, count in bought if (method, path) == ("GET", "/checkout")
    )
    with_cart = counting.of_pages_with_cart(app, buyable, {"cart": "/cart"})
    return found | with_cart


def pages_of(app: Flask) -> tuple[dict[str, str], str]:
    """The largest category, and the product with the most units left, which will be bought."""
    category: Any = db.session.scalar(
        select(Listing.category_code)
        .where(visible_clause())
        .group_by(Listing.category_code)
        .order_by(func.count().desc(), Listing.category_code)
        .limit(1)
    )
    listing_id: Any = db.session.scalar(
        select(Listing.id)
        .join(Sku, Sku.listing_id == Listing.id)
        .join(StockRow, StockRow.sku_id == Sku.id)
        .where(visible_clause(), goods_clause(), in_stock_clause(), Sku.is_active)
        .group_by(Listing.id)
        .order_by(func.sum(StockRow.available).desc(), Listing.id)
        .limit(1)
    )
    with app.test_request_context():
        product = app.url_for("products.show", listing_id=listing_id)
        return {
            "home": app.url_for("home.show"),
            "category": app.url_for("category.show", code=category),
            "product": product,
            "search": app.url_for("search.show", q=SEARCH),
        }, product


def _reports() -> dict[str, str]:
    """One report per level, down to the village with the most order lines."""
    village: Any = db.session.scalar(
        select(OrderLine.origin_code)
        .where(OrderLine.origin_code.startswith("6101"))
        .group_by(OrderLine.origin_code)
        .order_by(func.count().desc())
        .limit(1)
    )
    levels = {"city": 4, "county": 6, "town": 9, "village": 12}
    drill = {
        f"report {level}": f"/reports?period={YEAR}&region={village[:length].ljust(12, '0')}"
        for level, length in levels.items()
    }
    return {**drill, "report by product": f"/reports?period={YEAR}&by=product"}
