"""Routes of the platform's list of goods, part of the back office's table."""

from marketplace.accounts.policies import Permission
from marketplace.backoffice.goods import views
from marketplace.kernel.web import Route

ADMIN = Permission.ADMIN
_ONE = "/admin/listings/<int:listing_id>"

GOODS = [
    Route("/admin/listings", "backoffice.listings", views.index, ADMIN),
    Route(_ONE, "backoffice.listing", views.show, ADMIN),
    Route(f"{_ONE}/withhold", "backoffice.listing_withhold", views.withhold, ADMIN, ("POST",)),
    Route(f"{_ONE}/show-again", "backoffice.listing_show_again", views.show_again, ADMIN, ("POST",)),
]
