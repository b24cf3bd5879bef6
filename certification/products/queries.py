"""Reading declared products and categories."""

from dataclasses import dataclass

from sqlalchemy import select

from certification.products.models import Category, DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class ProductRow:
    id: int
    supplier_id: int
    name: str
    variety: str
    grade: str
    unit: str
    standard: str
    category_code: str
    category_name: str
    origin_code: str


_ROWS = select(
    DeclaredProduct.id,
    DeclaredProduct.supplier_id,
    DeclaredProduct.name,
    DeclaredProduct.variety,
    DeclaredProduct.grade,
    DeclaredProduct.unit,
    DeclaredProduct.standard,
    DeclaredProduct.category_code,
    Category.name,
    DeclaredProduct.origin_code,
).join(Category, Category.code == DeclaredProduct.category_code)


def get_product(product_id: int) -> ProductRow:
    """Raises NotFound."""
    row = db.session.execute(_ROWS.where(DeclaredProduct.id == product_id)).one_or_none()
    if row is None:
        raise NotFound
    return ProductRow(*tuple(row))


def products_of(supplier_id: int) -> list[ProductRow]:
    """What a supplier declared, newest first."""
    rows = db.session.execute(
        _ROWS.where(DeclaredProduct.supplier_id == supplier_id).order_by(DeclaredProduct.id.desc())
    )
    return [ProductRow(*tuple(row)) for row in rows]


def category_choices() -> list[tuple[str, str]]:
    """(code, name) of the categories a product may be declared in: those with none below them, parents' names first."""
    rows = db.session.execute(
        select(Category.code, Category.parent_code, Category.name).order_by(Category.position, Category.code)
    ).all()
    parents = {row.parent_code for row in rows if row.parent_code}
    names = {row.code: row.name for row in rows}
    return [
        (row.code, f"{names[row.parent_code]} · {row.name}" if row.parent_code else row.name)
        for row in rows
        if row.code not in parents
    ]
