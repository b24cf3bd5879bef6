"""Routes of attributes, part of the back office's table."""

from marketplace.accounts.policies import Permission
from marketplace.backoffice.attributes import views
from marketplace.kernel.web import Route

ADMIN = Permission.ADMIN
FORM = ("GET", "POST")
_ONE = "/admin/attributes/<int:attribute_id>"

ATTRIBUTES = [
    Route("/admin/attributes", "backoffice.attributes", views.index, ADMIN, FORM),
    Route(_ONE, "backoffice.attribute", views.edit, ADMIN, FORM),
    Route(f"{_ONE}/retire", "backoffice.attribute_retire", views.retire, ADMIN, ("POST",)),
    Route(f"{_ONE}/restore", "backoffice.attribute_restore", views.restore, ADMIN, ("POST",)),
    Route(f"{_ONE}/remove", "backoffice.attribute_remove", views.remove, ADMIN, ("POST",)),
]
