"""Events run their subscribers at once, in the transaction of their cause: for what must be true together."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

_KEY = "kernel.events"

E = TypeVar("E")


class Subscriptions:
    """Which handlers hear which event. Filled by the composition root only."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(self, event: type[E], handler: Callable[[E], None]) -> None:
        self._handlers[event].append(handler)

    def handlers(self, event: type) -> list[Callable[[Any], None]]:
        return self._handlers[event]


def install(extensions: dict[str, Any], subscriptions: Subscriptions) -> None:
    extensions[_KEY] = subscriptions


def publish(event: object) -> None:
    """Call every subscriber; an error in one of them undoes the whole transaction."""
    subscriptions: Subscriptions = current_app.extensions[_KEY]
    for handler in subscriptions.handlers(type(event)):
        handler(event)
