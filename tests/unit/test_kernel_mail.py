"""How letters are carried: by whom, in what wrapping, and that secrets stay out of sight."""

import smtplib
from email.message import EmailMessage
from typing import Any, Self

import pytest

from marketplace.kernel import mail


class Line:
    """A carrier that notes what was asked of it."""

    def __init__(self, host: str, port: int, **options: Any) -> None:
        self.log: list[Any] = [(host, port, options["timeout"], "context" in options)]
        Line.last = self

    last: "Line"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.log.append("quit")

    def starttls(self, **_options: Any) -> None:
        self.log.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.log.append((user, password))

    def send_message(self, message: EmailMessage) -> None:
        self.log.append("sent")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "smtp://shop:p%40ss@mail.example",
            [("mail.example", 587, 10, False), "starttls", ("shop", "p@ss"), "sent", "quit"],
        ),
        ("smtps://mail.example", [("mail.example", 465, 10, True), "sent", "quit"]),
        ("smtp://127.0.0.1:2525", [("127.0.0.1", 2525, 10, False), "sent", "quit"]),
    ],
)
def test_only_a_relay_on_this_machine_goes_without_tls(
    url: str, said: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtplib, "SMTP", Line)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Line)
    mail.SmtpMailer(url).send(EmailMessage())
    assert Line.last.log == said


def test_the_password_of_the_carrier_is_not_printed() -> None:
    assert "secret" not in repr(mail.SmtpMailer("smtp://a:secret@mail.example"))


def test_a_line_is_one_line() -> None:
    assert mail.one_line("退回\r\nBcc: x\u2028y\x00") == "退回 Bcc: x y"
