"""Routes of buying in bulk."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.unit_desk.purchases import drafting_views, order_page, order_views, views

MEMBER, BUYER, APPROVER = Permission.UNIT, Permission.UNIT_BUYER, Permission.UNIT_APPROVER
POST, FORM = ("POST",), ("GET", "POST")
AT = "/unit/purchases/<int:purchase_id>"

PURCHASES = [
    Route("/unit/catalogue", "unit.catalogue", drafting_views.catalogue, MEMBER),
    Route("/unit/catalogue/add", "unit.add", drafting_views.add, BUYER, POST),
    Route("/unit/purchases", "unit.purchases", views.index, MEMBER),
    Route("/unit/purchases/new", "unit.purchase_new", drafting_views.new, BUYER, FORM),
    Route(AT, "unit.purchase", views.show, MEMBER),
    Route(f"{AT}/edit", "unit.purchase_edit", drafting_views.edit, BUYER, FORM),
    Route(f"{AT}/lines", "unit.purchase_lines", views.lines, BUYER, POST),
    Route(f"{AT}/submit", "unit.purchase_submit", views.submit, BUYER, POST),
    Route(f"{AT}/approve", "unit.purchase_approve", views.approve, APPROVER, POST),
    Route(f"{AT}/return", "unit.purchase_return", views.give_back, APPROVER, POST),
    Route(f"{AT}/cancel", "unit.purchase_cancel", views.cancel, BUYER, POST),
    Route(f"{AT}/print", "unit.purchase_print", views.paper, MEMBER),
    Route("/unit/acceptance", "unit.acceptance", order_views.acceptance, MEMBER),
    Route("/unit/acceptance/<int:delivery_id>", "unit.accept", order_views.accept, BUYER, POST),
    Route("/unit/transfers", "unit.transfers", order_views.transfer_list, MEMBER),
    Route("/unit/transfers/<number>", "unit.transfer_proof", order_views.proof, MEMBER, POST),
    Route("/unit/orders", "unit.orders", order_views.orders, MEMBER),
    Route("/unit/orders/export", "unit.orders_export", order_views.export, MEMBER),
    Route("/unit/orders/<number>", "unit.order", order_page.show, MEMBER),
]
