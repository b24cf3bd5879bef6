"""The providers of this process; filled by the composition root."""

from collections.abc import Iterable
from typing import Any

from flask import current_app

from marketplace.kernel.errors import NotFound
from orders.payments.providers.interface import PaymentProvider

_KEY = "payments.providers"
_ONLINE = "payments.online_provider"


def install(extensions: dict[str, Any], providers: Iterable[PaymentProvider], online: str) -> None:
    """``online`` names the provider that new online payments use."""
    extensions[_KEY] = {provider.name: provider for provider in providers}
    extensions[_ONLINE] = online


def get_provider(name: str) -> PaymentProvider:
    """Raises NotFound for a name this process does not know."""
    providers: dict[str, PaymentProvider] = current_app.extensions[_KEY]
    try:
        return providers[name]
    except KeyError:
        raise NotFound from None


def takes_online() -> bool:
    """Whether buyers can pay online here at all."""
    return online_provider_name() in current_app.extensions[_KEY]


def online_pay_origin() -> str:
    """The other site where buyers pay online, "" where it is ours or nobody can."""
    return get_provider(online_provider_name()).pay_origin if takes_online() else ""


def online_provider_name() -> str:
    name: str = current_app.extensions[_ONLINE]
    return name
