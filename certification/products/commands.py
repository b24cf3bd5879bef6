"""Declaring a product: what it is and where it grows."""

from collections.abc import Mapping
from dataclasses import dataclass

from certification.products.events import ProductRenamed
from certification.products.models import Category, DeclaredProduct
from certification.products.rules import GRADES, UNITS
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.transaction import transactional
from marketplace.regions.queries import find_region
from marketplace.regions.rules import RegionLevel


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """``origin_code`` is a village; ``unit`` one of UNITS, ``grade`` one of GRADES or empty."""

    name: str
    category_code: str
    origin_code: str
    unit: str
    variety: str = ""
    grade: str = ""
    standard: str = ""


@transactional
def declare_product(actor: Actor, supplier_id: int, facts: ProductFacts) -> int:
    """Returns the id. Raises NotFound for a foreign supplier, InvalidInput at a field."""
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    _check(facts)
    product = DeclaredProduct(supplier_id=supplier_id, created_at=clock.now())
    _fill(product, facts)
    db.session.add(product)
    db.session.flush()
    audit.record(actor.user_id, "products.declare", "declared_product", product.id)
    return product.id


@transactional
def edit_product(actor: Actor, product_id: int, facts: ProductFacts) -> None:
    """Whether the product may still change is decided by ``applications.commands.change_product``, which calls this."""
    product = db.session.get(DeclaredProduct, product_id)
    if product is None or not actor.acts_for_supplier(product.supplier_id):
        raise NotFound
    _check(facts)
    _fill(product, facts)
    audit.record(actor.user_id, "products.edit", "declared_product", product.id)


@transactional
def rename_product(product_id: int, words: Mapping[str, str]) -> None:
    """Take on the name, variety or standard that a change was certified with; called down by applications."""
    product = db.session.get_one(DeclaredProduct, product_id)
    for name, word in words.items():
        setattr(product, name, word)
    db.session.flush()
    publish(ProductRenamed(product_id))


def _check(facts: ProductFacts) -> None:
    if not 1 <= len(facts.name) <= 60:
        raise InvalidInput("products.name", field="name")
    if db.session.get(Category, facts.category_code) is None:
        raise InvalidInput("products.category", field="category_code")
    region = find_region(facts.origin_code)
    if region is None or region.level is not RegionLevel.VILLAGE:
        raise InvalidInput("products.origin", field="origin_code")
    if facts.unit not in UNITS:
        raise InvalidInput("products.unit", field="unit")
    if facts.grade and facts.grade not in GRADES:
        raise InvalidInput("products.grade", field="grade")


def _fill(product: DeclaredProduct, facts: ProductFacts) -> None:
    product.name, product.category_code, product.origin_code = (
        facts.name,
        facts.category_code,
        facts.origin_code,
    )
    product.unit, product.grade = facts.unit, facts.grade
    product.variety, product.standard = facts.variety[:60], facts.standard[:80]
