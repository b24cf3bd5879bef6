"""The shared builders make rows both databases accept."""

from flask import Flask
from sqlalchemy import select

from catalog.stock.models import StockRow
from certification.linkage.rules import LinkageMode
from marketplace.kernel.db import db
from marketplace.parties.rules import SupplierKind
from tests.factories import builders


def test_one_product_on_sale(app: Flask) -> None:
    made = builders.saleable(units=7)
    row = db.session.scalars(select(StockRow).where(StockRow.sku_id == made["sku"])).one()
    assert (row.available, row.lot_id) == (7, made["lot"])


def test_a_pilot_household_with_its_sponsor(app: Flask) -> None:
    sponsor = builders.supplier()
    household = builders.household(supplier_id=sponsor)
    pilot = builders.supplier(
        kind=SupplierKind.PILOT_HOUSEHOLD, sponsor_id=sponsor, household_id=household, name="示范户"
    )
    product = builders.product(pilot)
    agreement = builders.agreement(pilot, product, [household], modes={LinkageMode.OWN: 300})
    assert agreement
    assert builders.head_of(household).household_ids == [household]
