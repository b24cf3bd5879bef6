"""Route table of messages."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.messages import views

routes = [
    Route("/messages", "messages.index", views.index, Permission.SIGNED_IN),
    Route("/messages/read", "messages.read_all", views.read_all, Permission.SIGNED_IN, ("POST",)),
    Route("/messages/choices", "messages.choices", views.choices, Permission.SIGNED_IN, ("GET", "POST")),
    Route("/messages/<int:message_id>", "messages.show", views.show, Permission.SIGNED_IN),
    Route(
        "/messages/<int:message_id>/open", "messages.open", views.open_page, Permission.SIGNED_IN, ("POST",)
    ),
]
