"""Signed cookies in which a visitor carries something of his own: nobody else can read or alter it, and the shop keeps
none of it."""

from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature

from marketplace.kernel.settings import Settings
from marketplace.kernel.signing import dated_signing

SECONDS_A_DAY = 86400


@dataclass(frozen=True, slots=True)
class OwnCookie:
    """``longest`` characters are read of it, ``days`` it is good for."""

    plain_name: str
    days: int
    longest: int

    @property
    def name(self) -> str:
        return f"__Host-{self.plain_name}" if _is_https() else self.plain_name

    def read(self) -> Any:
        """What was put; None for no cookie, an altered or an old one."""
        signed = request.cookies.get(self.name)
        if not signed or len(signed) > self.longest:
            return None
        try:
            return dated_signing(self._purpose).loads(signed, max_age=self.days * SECONDS_A_DAY)
        except BadSignature:
            return None

    def put(self, response: Response, value: Any) -> None:
        response.set_cookie(
            self.name,
            str(dated_signing(self._purpose).dumps(value)),
            max_age=self.days * SECONDS_A_DAY,
            httponly=True,
            samesite="Lax",
            secure=_is_https(),
            path="/",
        )

    def drop(self, response: Response) -> None:
        if self.name in request.cookies:
            response.delete_cookie(self.name, path="/", secure=_is_https(), httponly=True, samesite="Lax")

    @property
    def _purpose(self) -> str:
        return f"storefront.{self.plain_name}"


def _is_https() -> bool:
    settings: Settings = current_app.extensions["settings"]
    return settings.https
