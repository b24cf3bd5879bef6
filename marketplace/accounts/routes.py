"""Route table of accounts."""

from marketplace.accounts import (
    address_views,
    email_views,
    invitation_views,
    login_views,
    reset_views,
    safety_views,
    views,
)
from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route

_POST = ("POST",)
_SAFETY = [
    Route("/account/sessions", "accounts.sessions", safety_views.devices, Permission.SIGNED_IN),
    Route(
        "/account/sessions/others",
        "accounts.sessions_end_others",
        safety_views.end_other_sessions,
        Permission.SIGNED_IN,
        _POST,
    ),
    Route(
        "/account/sessions/<int:session_id>/end",
        "accounts.session_end",
        safety_views.end_session_of,
        Permission.SIGNED_IN,
        _POST,
    ),
    Route(
        "/account/devices/<int:device_id>/forget",
        "accounts.device_forget",
        safety_views.forget_device,
        Permission.SIGNED_IN,
        _POST,
    ),
    Route("/account/second-factor", "accounts.factor", safety_views.show, Permission.SIGNED_IN),
    *(
        Route(f"/account/second-factor/{path}", f"accounts.factor_{path}", view, Permission.SIGNED_IN, _POST)
        for path, view in (
            ("start", safety_views.start),
            ("confirm", safety_views.confirm),
            ("codes", safety_views.renew_codes),
            ("remove", safety_views.remove),
        )
    ),
]
routes = [
    Route("/login", "accounts.login", login_views.login, Permission.PUBLIC, ("GET", "POST")),
    Route("/login/code", "accounts.login_code", login_views.login_code, Permission.PUBLIC, ("GET", "POST")),
    Route("/login/forgot", "accounts.forgot", reset_views.forgot, Permission.PUBLIC, ("GET", "POST")),
    Route("/login/reset/<token>", "accounts.reset", reset_views.reset, Permission.PUBLIC, ("GET", "POST")),
    Route("/register", "accounts.register", views.register, Permission.PUBLIC, ("GET", "POST")),
    Route("/logout", "accounts.logout", login_views.logout, Permission.SIGNED_IN, ("POST",)),
    *_SAFETY,
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
RATES = {"accounts.email": "10 per hour", "accounts.forgot": "10 per hour"}
