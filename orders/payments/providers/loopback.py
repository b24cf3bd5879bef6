"""How the sandbox's notices travel: signed when they leave, through the whole application, to the webhook a real
provider would call. A notice that is not taken is sent again later, as providers do."""

import contextvars
from datetime import timedelta
from typing import Any, cast

from flask import current_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

from marketplace.kernel import outbox
from marketplace.kernel.transaction import transaction
from orders.payments.providers import sandbox
from orders.payments.providers.interface import ProviderUnavailable
from orders.payments.providers.registry import get_provider

TOPIC = "sandbox.deliver"
LATE = timedelta(seconds=20)


def deliver(payload: dict[str, Any]) -> None:
    """Outbox handler: post one notice. Raises ProviderUnavailable when the webhook did not take it."""
    raw = str(payload["notice"]).encode()
    provider = cast("sandbox.Sandbox", get_provider(sandbox.NAME))
    builder = EnvironBuilder(
        path=current_app.url_map.bind("").build("payments.webhook", {"provider": provider.name}),
        base_url=current_app.extensions["settings"].public_url,
        method="POST",
        data=raw,
        content_type="application/json",
        headers=[(provider.signature_header, provider.signature(raw))],
    )
    application = current_app.wsgi_app
    # an empty context: the webhook must not see this request's session, user or database session
    _, status, _ = contextvars.Context().run(run_wsgi_app, application, builder.get_environ(), buffered=True)
    if not status.startswith("2"):
        raise ProviderUnavailable(status)


def send(notices: tuple[str, ...], *, late: bool) -> None:
    """Post notices now, or leave them to the worker: when they are late, or the webhook could not take one."""
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
