"""Declared products of a supplier."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications.commands import change_product
from certification.certificates.queries import in_force
from certification.products import queries
from certification.products.commands import declare_product
from certification.products.queries import ProductRow
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import choices_of, errors_at, status_of
from marketplace.regions.forms import only_next_level
from marketplace.regions.queries import full_names_of
from supplier_portal.certification.forms import ProductForm
from supplier_portal.guards import current_supplier, current_supplier_id
from supplier_portal.nav import render_desk


def index() -> ResponseReturnValue:
    rows = queries.products_of(current_supplier_id())
    return render_desk(
        "supplier_portal/certification/products.html",
        rows=rows,
        places=full_names_of({row.origin_code for row in rows}),
        certificates=in_force([row.id for row in rows]),
    )


def new() -> ResponseReturnValue:
    supplier = current_supplier()
    form = ProductForm(data={"origin_code": supplier.village_code, "unit": "斤"})
    form.category_code.choices = choices_of(queries.category_choices())
    looking = only_next_level(request.form, "origin_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            product_id = declare_product(require_actor(), supplier.id, form.facts())
            flash("产品登记好了。接下来签联结协议，再申请认定。", "success")
            return redirect(url_for("supplier.agreement_new", product=product_id))
    page = render_desk("supplier_portal/certification/product.html", form=form, product=None)
    return page, status_of(form)


def edit(product_id: int) -> ResponseReturnValue:
    product = own_product(product_id)
    form = ProductForm(
        data={
            name: getattr(product, name)
            for name in ("name", "category_code", "origin_code", "variety", "grade", "unit", "standard")
        }
    )
    form.category_code.choices = choices_of(queries.category_choices())
    looking = only_next_level(request.form, "origin_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            change_product(require_actor(), product_id, form.facts())
            flash("改好了。", "success")
            return redirect(url_for("supplier.products"))
    page = render_desk("supplier_portal/certification/product.html", form=form, product=product)
    return page, status_of(form)


def own_product(product_id: int) -> ProductRow:
    """A product of the supplier one works for at present. Raises NotFound."""
    product = queries.get_product(product_id)
    if product.supplier_id != current_supplier_id():
        raise NotFound
    return product
