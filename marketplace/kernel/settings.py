"""Settings of one process, from the environment. A production start that would be unsafe is refused."""

import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_PASSWORD = "fupin-demo"


class UnsafeSettings(Exception):
    """This configuration must not serve real people; the message names what to mend."""


def _is_key(text: str) -> bool:
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def _is_smtp(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Settings(BaseSettings):
    """Environment variables, as named here in upper case (``SHOP_`` in front except for the three of the README)."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", extra="ignore", populate_by_name=True)

    environment: Literal["demo", "production", "test"] = "demo"
    instance: Path = Field(default=Path("instance"), validation_alias="INSTANCE")
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    secret_key: str | None = None
    encryption_keys: list[str] = []
    lookup_key: str | None = None
    #: The online provider; ``none`` offers bank transfer only.
    payment_provider: Literal["sandbox", "stripe", "none"] = "sandbox"
    #: ``sk_live_…`` or ``rk_live_…``; outside production ``sk_test_…``.
    stripe_key: str | None = None
    webhook_secret: str | None = None
    rate_limit_storage: str = "memory://"
    #: Officials, finance, auditors and admins must use a second factor; None: in production only.
    second_factor_required: bool | None = None
    #: A line in the log for every request; None: in production only.
    log_every_request: bool | None = None
    #: ``smtps://user:password@host`` or ``smtp://…``; without it production sends no mail, and says so.
    smtp_url: str | None = None
    #: The sender, ``name <address>`` or an address.
    mail_from: str = ""
    #: Who runs the platform, as its licence says: shown on every page (电子商务法 art. 15). The demo invents one.
    operator_name: str = ""
    operator_uscc: str = ""
    operator_contact: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.instance = self.instance.resolve()
        if self.database_url is None:
            self.database_url = f"sqlite:///{self.instance / 'shop.sqlite'}"
        elif self.database_url.startswith(("postgres://", "postgresql://")):
            self.database_url = "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        if self.payment_provider == "stripe" and not (self.stripe_key and self.webhook_secret):
            raise UnsafeSettings(
                "set SHOP_STRIPE_KEY and SHOP_WEBHOOK_SECRET, or another SHOP_PAYMENT_PROVIDER"
            )
        if self.environment == "production":
            self._refuse_unsafe()
        elif not self.operator_name:
            self.operator_name = "西安扶贫超市运营中心（示例）"
            self.operator_uscc = "9161 0100 0000 0000 0X（示例）"
            self.operator_contact = "029-0000-0000（示例）"
        return self

    def _refuse_unsafe(self) -> None:
        problems = [
            name
            for name, missing in {
                "SHOP_SECRET_KEY": not self.secret_key or len(self.secret_key) < 32,
                "SHOP_ENCRYPTION_KEYS": not self.encryption_keys
                or not all(map(_is_key, self.encryption_keys)),
                "SHOP_LOOKUP_KEY": not self.lookup_key or len(self.lookup_key) < 32,
                "SHOP_PUBLIC_URL (https)": not self.public_url.startswith("https://"),
                "SHOP_PAYMENT_PROVIDER (the sandbox takes no money)": self.payment_provider == "sandbox",
                "SHOP_WEBHOOK_SECRET": not self.webhook_secret,
                "SHOP_STRIPE_KEY (a live one)": self.payment_provider == "stripe"
                and "_live_" not in (self.stripe_key or ""),
                "SHOP_SMTP_URL (smtp:// or smtps://)": bool(self.smtp_url)
                and not _is_smtp(self.smtp_url or ""),
                "SHOP_MAIL_FROM": bool(self.smtp_url) and "@" not in self.mail_from,
            }.items()
            if missing
        ]
        if problems:
            raise UnsafeSettings("production start refused; set: " + ", ".join(problems))

    @property
    def is_demo(self) -> bool:
        return self.environment != "production"

    @property
    def log_requests(self) -> bool:
        return not self.is_demo if self.log_every_request is None else self.log_every_request

    @property
    def requires_second_factor(self) -> bool:
        return not self.is_demo if self.second_factor_required is None else self.second_factor_required

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def media_folder(self) -> Path:
        return self.instance / "media"

    @property
    def search_folder(self) -> Path:
        return self.instance / "search"

    @cached_property
    def keys(self) -> "Keys":
        """Secrets given in the environment; in demo and test, missing ones are made once and kept in the instance."""
        return Keys(
            secret=self.secret_key or self._kept("secret_key", secrets.token_urlsafe(48)),
            encryption=self.encryption_keys or [self._kept("encryption_key", Fernet.generate_key().decode())],
            lookup=self.lookup_key or self._kept("lookup_key", secrets.token_urlsafe(48)),
            webhook=self.webhook_secret or self._kept("webhook_secret", "whsec_" + secrets.token_hex(24)),
        )

    def _kept(self, name: str, fresh: str) -> str:
        folder = self.instance / "keys"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / name
        if not path.exists():
            # Written whole under another name first: a process that starts beside this one must not read half a key.
            draft = folder / f"{name}.{secrets.token_hex(8)}"
            draft.touch(mode=0o600)
            draft.write_text(fresh, "ascii")
            with suppress(FileExistsError):
                path.hardlink_to(draft)
            draft.unlink()
        return path.read_text("ascii")


class Keys:
    """The process's secrets. Never logged: it has no useful repr."""

    def __init__(self, secret: str, encryption: list[str], lookup: str, webhook: str) -> None:
        self.secret = secret
        self.encryption = encryption
        self.lookup = lookup
        self.webhook = webhook
