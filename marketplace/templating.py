"""The environment of Jinja that all pages are rendered in."""

from collections import ChainMap
from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class PageEnvironment(Environment):
    """No template here has globals of its own, so they share the environment's dictionary as it is. Jinja lays a
    ``ChainMap`` over it for each, and goes through that in Python at every page, include and import of macros."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return ChainMap(d, self.globals) if d else self.globals
