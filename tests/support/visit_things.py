"""Visits an address can name: their dates, their listings."""

from collections.abc import Iterator

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.products.queries import visible_clause
from catalog.visits.models import VisitDate, VisitOffer
from marketplace.kernel.db import db
from tests.support.access_rules import Thing


def visit_dates() -> Iterator[Thing]:
    return (Thing({"sku_id": sku_id}) for sku_id in db.session.scalars(select(VisitDate.sku_id)))


def listings_of_visits() -> Iterator[Thing]:
    query = select(VisitOffer.listing_id, Listing.supplier_id)
    for listing_id, supplier_id in db.session.execute(
        query.join(Listing, Listing.id == VisitOffer.listing_id)
    ):
        yield Thing({"listing_id": listing_id}, supplier=supplier_id)


def products_with_dates() -> Iterator[Thing]:
    query = select(VisitOffer.listing_id).join(Listing, Listing.id == VisitOffer.listing_id)
    return (
        Thing({"product_id": listing_id}) for listing_id in db.session.scalars(query.where(visible_clause()))
    )
