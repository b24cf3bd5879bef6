"""Flask as the shop uses it: the same, without three things that it does for others at every request."""

from collections import ChainMap
from collections.abc import Callable, MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2.runtime import Context, Macro


class PageContext(Context):
    """A page calls a hundred functions and macros; for each Jinja looks four times whether it wants to be given more
    than its arguments. Here it looks once: whatever does is handed to Jinja, all else is just called."""

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if hasattr(function, "jinja_pass_arg"):
            return super().call(function, *args, **kwargs)
        if kwargs:  # what Jinja adds for those that want it
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        return (
            function(self.eval_ctx, *args, **kwargs) if type(function) is Macro else function(*args, **kwargs)
        )


class PageEnvironment(Environment):
    """No template here has globals of its own, so they share the environment's dictionary as it is. Jinja lays a
    ``ChainMap`` over it for each, and goes through that in Python at every page, include and import of macros."""

    context_class = PageContext

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return ChainMap(d, self.globals) if d else self.globals


class Shop(Flask):
    jinja_environment = PageEnvironment

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine; Flask looks again at each of the dozen functions a request goes through."""
        return func
