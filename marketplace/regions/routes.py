"""Route table."""

from enum import StrEnum

from marketplace.kernel.web import Route
from marketplace.regions import views


class _Permission(StrEnum):
    """The accounts room lies above this one and its enum can't be imported; permissions are told apart by value."""

    PUBLIC = "public"


routes = [
    Route("/regions/children", "regions.children", views.children, _Permission.PUBLIC),
]
