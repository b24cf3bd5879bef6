"""Flask as the shop uses it: the same, without some things that it does for others at every request."""

from collections import ChainMap
from collections.abc import Callable, MutableMapping
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from flask_limiter import Limiter
from itsdangerous import URLSafeTimedSerializer
from jinja2 import Environment as JinjaEnvironment
from jinja2 import Template
from jinja2.runtime import Context, Macro
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]


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


def written(value: Any) -> str:
    """``value`` as a page shows it: what ``escape`` gives, but a plain text. A page does that five hundred times, and
    nobody asks the pieces it is put together from whether they were escaped."""
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    if kind is int:
        return str(value)
    return value if kind is Markup else str(escape(value))


class PageTemplate(Template):
    @classmethod
    def _from_namespace(
        cls, environment: JinjaEnvironment, namespace: MutableMapping[str, Any], *globals_: Any, **named: Any
    ) -> Template:
        """``namespace`` is that of a compiled template; ``escape`` there is called on what ``{{ … }}`` writes, only."""
        namespace["escape"] = written
        return super()._from_namespace(environment, namespace, *globals_, **named)


class PageEnvironment(Environment):
    """No template here has globals of its own, so they share the environment's dictionary as it is. Jinja lays a
    ``ChainMap`` over it for each, and goes through that in Python at every page, include and import of macros."""

    context_class = PageContext
    template_class = PageTemplate

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return ChainMap(d, self.globals) if d else self.globals


class Sessions(SecureCookieSessionInterface):
    """The keys of an application stay what they are at its first request, and so does what signs with them."""

    def __init__(self) -> None:
        self._made: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._made is None:
            self._made = super().get_signing_serializer(app)
        return self._made


class Limits(Limiter):
    """Only views that are named have a limit, and each asks for its own when it is called: there is nothing to look for
    before every request."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


class Shop(Flask):
    jinja_environment = PageEnvironment

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine; Flask looks again at each of the dozen functions a request goes through."""
        return func
