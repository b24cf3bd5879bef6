"""One line of the API's table: what is asked, what is answered, who may. Route and document both come from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response
from marshmallow import Schema

from marketplace.accounts.policies import Permission

BASE = "/api/v1"
#: requests of one address; ``flask-limiter``'s language
READS = "600 per minute"
WRITES = "120 per minute"
#: A password check costs 0.2 s of a core.
LOGINS = "20 per minute"

CART_TOKEN = "X-Cart-Token"  # noqa: S105 - a header's name


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view gives back: content for the operation's schema of that status."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """``path`` lies below ``BASE``, ``name`` below the endpoint ``api.``. ``answers`` are the schemas by status (None:
    no content), ``errors`` the statuses of problems beyond what all have, ``problems`` those that say more."""

    method: str
    path: str
    name: str
    view: Callable[..., Answer | Response]
    permission: Permission
    tag: str
    summary: str
    answers: Mapping[int, type[Schema] | None]
    description: str = ""
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    errors: tuple[int, ...] = ()
    problems: Mapping[int, type[Schema]] = field(default_factory=dict)
    takes_cart: bool = False
    rate: str = READS

    @property
    def endpoint(self) -> str:
        return f"api.{self.name}"

    @property
    def rule(self) -> str:
        return f"{BASE}{self.path}"
