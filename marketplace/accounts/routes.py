"""Route table of accounts."""

from marketplace.accounts import address_views, email_views, invitation_views, views
from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route

routes = [
    Route("/login", "accounts.login", views.login, Permission.PUBLIC, ("GET", "POST")),
    Route("/register", "accounts.register", views.register, Permission.PUBLIC, ("GET", "POST")),
    Route("/logout", "accounts.logout", views.logout, Permission.SIGNED_IN, ("POST",)),
    Route("/my/password", "accounts.password", views.password, Permission.SIGNED_IN, ("GET", "POST")),
    Route("/account/email", "accounts.email", email_views.show, Permission.SIGNED_IN, ("GET", "POST")),
    Route(
        "/account/email/remove", "accounts.email_remove", email_views.remove, Permission.SIGNED_IN, ("POST",)
    ),
    Route(
        "/account/email/confirm/<token>",
        "accounts.email_confirm",
        email_views.confirm,
        Permission.PUBLIC,
        ("GET", "POST"),
    ),
    Route("/my/addresses", "member.addresses", address_views.index, Permission.SIGNED_IN, ("GET", "POST")),
    Route(
        "/my/addresses/<int:address_id>",
        "member.change_address",
        address_views.change,
        Permission.SIGNED_IN,
        ("POST",),
    ),
    Route("/invitations/<token>", "invitations.show", invitation_views.show, Permission.PUBLIC),
    Route(
        "/invitations/<token>/accept",
        "invitations.accept",
        invitation_views.accept,
        Permission.SIGNED_IN,
        ("POST",),
    ),
]

#: What one address may send: each asks for a letter to be written to somebody.
RATES = {"accounts.email": "10 per hour"}
