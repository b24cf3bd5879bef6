"""A browser without script, just enough of one: cookies, redirects, and forms filled in as they stand on the page.

What is behind it is a function, so that the same walk goes over HTTP (to measure) and through the application in this
process (to count statements).
"""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

#: (method, path, headers, body) → (status, headers, text)
Transport = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, list[tuple[str, str]], str]]
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(slots=True)
class Form:
    action: str
    identity: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """The forms of a page with what they would send untouched; fields that name their form by ``form=`` too."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._outside: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(found.get("action", ""), found.get("id", ""))
            self.forms.append(self._open)
        elif tag == "select":
            self._select = found.get("name", "")
        elif tag == "option" and self._select and "selected" in found:
            self._put(found, self._select, found.get("value", ""))
        elif tag == "textarea" and found.get("name"):
            self._put(found, found["name"], "")
        elif tag == "input" and found.get("name"):
            unset = found.get("type") in {"radio", "checkbox"} and "checked" not in found
            if not unset and found.get("type") not in {"submit", "button", "file", "image"}:
                default = "on" if found.get("type") == "checkbox" else ""
                self._put(found, found["name"], found.get("value", default))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""

    def _put(self, found: Mapping[str, str], name: str, value: str) -> None:
        if "form" in found:
            self._outside.append((found["form"], name, value))
        elif self._open is not None:
            self._open.fields[name] = value

    def close(self) -> None:
        super().close()
        for identity, name, value in self._outside:
            for form in self.forms:
                if form.identity == identity:
                    form.fields[name] = value


def forms_of(text: str) -> list[Form]:
    parser = _Forms()
    parser.feed(text)
    parser.close()
    return parser.forms


class NoSuchForm(Exception):
    pass


@dataclass(slots=True)
class Browser:
    """``requests`` counts everything sent, redirects included."""

    transport: Transport
    cookies: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    path: str = ""
    status: int = 0
    text: str = ""
    answered: list[tuple[str, str]] = field(default_factory=list)

    def header(self, name: str) -> str:
        """Of the last answer; empty without."""
        return next((value for each, value in self.answered if each.lower() == name), "")

    def get(self, path: str) -> None:
        self._send("GET", path, None)

    def form(self, action: str) -> Form:
        """The page's form that leads to an address containing ``action``."""
        for form in forms_of(self.text):
            if action in (form.action or self.path):
                return form
        raise NoSuchForm(f"no form to {action} on {self.path} ({self.status})")

    def submit(self, form: Form, **changes: str) -> None:
        body = urlencode({**form.fields, **changes}).encode()
        self._send("POST", form.action or self.path, body)

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _send(self, method: str, path: str, body: bytes | None) -> None:
        while True:
            headers = {"Accept": "text/html", "Cookie": self.cookie_header()}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            self.requests += 1
            self.path = path
            self.status, self.answered, self.text = self.transport(method, path, headers, body)
            for name, value in self.answered:
                if name.lower() == "set-cookie":
                    self.cookies.update({key: each.value for key, each in SimpleCookie(value).items()})
            if self.status not in REDIRECTS:
                return
            target = urlsplit(self.header("location"))
            path = target.path + (f"?{target.query}" if target.query else "")
            method, body = "GET", None


def over_http(port: int) -> Transport:
    """One kept-open connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(
        method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, list[tuple[str, str]], str]:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read().decode()

    return send


def through(app: Any) -> Transport:
    """The application in this process."""
    client = app.test_client(use_cookies=False)

    def send(
        method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, list[tuple[str, str]], str]:
        response = client.open(path, method=method, headers=dict(headers), data=body)
        return response.status_code, list(response.headers), response.get_data(as_text=True)

    return send
