"""How the sandbox's notices travel: signed when they leave, and into the inbox where a real provider's arrive. A notice
that is not taken is sent again later, as providers do."""

from datetime import timedelta
from typing import Any, cast

from sqlalchemy.exc import SQLAlchemyError

from marketplace.kernel import outbox
from marketplace.kernel.errors import DomainError
from marketplace.kernel.transaction import transaction
from orders.payments import inbox
from orders.payments.providers import sandbox
from orders.payments.providers.interface import ProviderUnavailable
from orders.payments.providers.registry import get_provider

TOPIC = "sandbox.deliver"
LATE = timedelta(seconds=20)


def deliver(payload: dict[str, Any]) -> None:
    """Outbox handler: post one notice. Raises ProviderUnavailable when the inbox did not take it."""
    raw = str(payload["notice"]).encode()
    provider = cast("sandbox.Sandbox", get_provider(sandbox.NAME))
    try:
        inbox.receive(provider.name, raw, provider.signature(raw))
    except (DomainError, SQLAlchemyError) as error:
        raise ProviderUnavailable(str(error)) from error


def send(notices: tuple[str, ...], *, late: bool) -> None:
    """Post notices now, or leave them to the worker: when they are late, or the inbox could not take one."""
    for notice in notices:
        if not late:
            try:
                deliver({"notice": notice})
            except ProviderUnavailable:
                pass
            else:
                continue
        with transaction():
            outbox.enqueue(TOPIC, {"notice": notice}, LATE)
