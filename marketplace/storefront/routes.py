"""Route table of the storefront: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.storefront import (
    household_views,
    member_views,
    outlet_views,
    product_views,
    search_views,
    supplier_views,
    trace_views,
    views,
    village_views,
)

routes: list[Route] = [
    Route("/", "home.show", views.home, Permission.PUBLIC),
    Route("/c/<code>", "category.show", views.category, Permission.PUBLIC),
    Route("/search", "search.show", search_views.show, Permission.PUBLIC),
    Route("/search/suggest", "search.suggest", search_views.suggest, Permission.PUBLIC),
    Route("/p/<int:listing_id>", "products.show", product_views.show, Permission.PUBLIC),
    Route("/villages", "villages.index", village_views.index, Permission.PUBLIC),
    Route("/villages/<code>", "villages.show", village_views.show, Permission.PUBLIC),
    Route("/s/<int:supplier_id>", "suppliers.show", supplier_views.show, Permission.PUBLIC),
    Route("/trace/<code>", "trace.show", trace_views.show, Permission.PUBLIC),
    Route("/outlets", "outlets.index", outlet_views.index, Permission.PUBLIC),
    Route("/my", "member.show", member_views.show, Permission.SIGNED_IN),
    Route("/household/rights", "household.rights", household_views.rights, Permission.HOUSEHOLD),
    Route(
        "/household/<int:household_id>/consents/<purpose>",
        "household.consent",
        household_views.allow,
        Permission.HOUSEHOLD,
        ("POST",),
    ),
    Route(
        "/household/consents/<int:consent_id>/paper",
        "household.consent_paper",
        household_views.consent_paper,
        Permission.HOUSEHOLD,
    ),
    Route(
        "/household/consents/<int:consent_id>/withdraw",
        "household.consent_withdraw",
        household_views.withdraw,
        Permission.HOUSEHOLD,
        ("POST",),
    ),
    Route(
        "/household/<int:household_id>/account",
        "household.account",
        household_views.account,
        Permission.HOUSEHOLD,
        ("POST",),
    ),
    Route(
        "/household/accounts/<int:change_id>/withdraw",
        "household.account_withdraw",
        household_views.account_withdraw,
        Permission.HOUSEHOLD,
        ("POST",),
    ),
    Route("/rules", "pages.rules", views.rules, Permission.PUBLIC),
]
