"""Flask as the shop uses it: the same, without two things that it does for others at every request."""

from collections import ChainMap
from collections.abc import Callable, MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment


class PageEnvironment(Environment):
    """No template here has globals of its own, so they share the environment's dictionary as it is. Jinja lays a
    ``ChainMap`` over it for each, and goes through that in Python at every page, include and import of macros."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return ChainMap(d, self.globals) if d else self.globals


class Shop(Flask):
    jinja_environment = PageEnvironment

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine; Flask looks again at each of the dozen functions a request goes through."""
        return func
