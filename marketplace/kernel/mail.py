"""Letters by mail: written here once, handed to whoever carries them. Knows no person and no room of the shop.

Sent by the worker only, outside any transaction. A carrier that is down raises, and the outbox tries again.
"""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email
from flask import current_app

from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.settings import Settings

_KEY = "kernel.mail"
TIMEOUT_SECONDS = 10
PORTS = {"smtp": 587, "smtps": 465}
_LIMIT = 254


class Mailer(Protocol):
    """Carries one letter. Raises when it could not hand it on."""

    def send(self, message: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class FileMailer:
    """Keeps letters as files, for demo and tests: nothing leaves the house."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = "".join(
            sign for sign in str(message["Message-ID"]).split("@", 1)[0] if sign.isalnum() or sign == "-"
        )
        draft = self.folder / f".{name}"
        draft.write_bytes(message.as_bytes())
        draft.replace(self.folder / f"{name}.eml")


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """``smtps://user:password@host:465`` from the first byte in TLS; ``smtp://…:587`` with STARTTLS, which only a relay
    on this very machine may go without."""

    url: str

    def __repr__(self) -> str:
        return "SmtpMailer()"

    def send(self, message: EmailMessage) -> None:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        carrier = (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        )
        with carrier:
            if parts.scheme == "smtp" and not _is_here(host):
                carrier.starttls(context=context)
            if parts.username:
                carrier.login(unquote(parts.username), unquote(parts.password or ""))
            carrier.send_message(message)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Letter:
    """``number`` names the letter for good, so that one sent twice is one to whoever sorts by it. ``path`` is a page of
    ours; the address before it is the configured one."""

    number: str
    to: str
    title: str
    text: str
    path: str
    link_label: str
    why: str


@dataclass(frozen=True, slots=True)
class Office:
    mailer: Mailer
    sender: str
    site_name: str
    public_url: str

    def write(self, letter: Letter) -> EmailMessage:
        """The letter in plain text and as a page. Nothing in it can become a header: a line break ends none."""
        name, address = parseaddr(self.sender)
        message = EmailMessage()
        message["Subject"] = one_line(f"{letter.title} · {self.site_name}")
        message["From"] = Address(one_line(name) or self.site_name, addr_spec=address)
        message["To"] = Address(addr_spec=letter.to)
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = f"<{letter.number}@{urlsplit(self.public_url).hostname or 'localhost'}>"
        message["Auto-Submitted"] = "auto-generated"
        context: Mapping[str, Any] = {
            "letter": letter,
            "link": self.public_url.rstrip("/") + letter.path,
            "site_name": self.site_name,
        }
        pages = current_app.jinja_env
        message.set_content(pages.get_template("mail/letter.txt").render(context))
        message.add_alternative(pages.get_template("mail/letter.html").render(context), subtype="html")
        return message


def one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def install(extensions: dict[str, Any], settings: Settings, site_name: str) -> None:
    """Files in demo and test; in production SMTP, or no mail at all where none is set."""
    mailer: Mailer | None = None
    if settings.is_demo:
        mailer = FileMailer(settings.instance / "mail")
    elif settings.smtp_url:
        mailer = SmtpMailer(settings.smtp_url)
    extensions[_KEY] = (
        Office(mailer, settings.mail_from or "noreply@shop.invalid", site_name, settings.public_url)
        if mailer is not None
        else None
    )


def is_on() -> bool:
    return current_app.extensions[_KEY] is not None


def send(letter: Letter) -> None:
    """Write and hand on. Nothing happens where mail is off; raises whatever the carrier raises."""
    office: Office | None = current_app.extensions[_KEY]
    if office is not None:
        office.mailer.send(office.write(letter))


def path_to(endpoint: str, **values: Any) -> str:
    """The path of a page, also outside a request. It names no host: that is the office's to add."""
    path: str = current_app.url_map.bind("").build(endpoint, values)
    return path


def check_address(text: str) -> str:
    """A mail address as it is kept. Raises InvalidInput at ``email``. Asks no other host."""
    try:
        found = validate_email(
            text.strip()[: _LIMIT + 1],
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=True,
        )
    except EmailNotValidError as error:
        raise InvalidInput("accounts.email", field="email") from error
    address: str = found.normalized
    return address
