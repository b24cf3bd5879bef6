"""The edge: headers on every kind of answer, tokens on every unsafe request, and no nonsense that breaks a page."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from marketplace.accounts.commands import end_all_sessions
from marketplace.accounts.models import Role, ScopeKind, User
from marketplace.accounts.web import safe_next
from marketplace.app import SIGNED_ENDPOINTS, create_app
from marketplace.kernel import web
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.parties.models import Household, Supplier
from tests.factories import builders, outlets, purchases
from tests.support.clients import Client
from tests.support.databases import settings_for
from tests.support.junk import JUNK, everywhere
from tests.support.route_table import OBJECTS

Asked = list[tuple[str, str, dict[str, Any]]]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
HUGE = ("0", str(2**31 - 1), str(2**31), str(2**63), str(10**18), "9" * 5000, "１", "-1", "1.5", "NaN")
#: what text in an address may be, percent-encoded
TEXTS = (
    "%00",
    "a%00b",
    "%ff%fe",
    "..",
    "%2e%2e%2fetc",
    "a" * 3000,
    "%F0%9F%8D%8E",
    "'%20or%201=1--",
    "-1",
    str(10**18),
)


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                yield rule, method


def address_of(rule: Rule, values: dict[str, Any] | None = None, *, default: str = "1") -> str:
    """The rule with raw text in its gaps, as no honest link would be built."""
    parts = []
    for piece in rule.rule.replace("<", "\0<").replace(">", ">\0").split("\0"):
        name = piece.strip("<>").rpartition(":")[2]
        if piece.startswith("<any("):
            parts.append(piece.split("'")[1])
        else:
            parts.append(str((values or {}).get(name, default)) if piece.startswith("<") else piece)
    return "".join(parts)


UNIT_ROLES = (Role.UNIT_MANAGER, Role.UNIT_BUYER, Role.UNIT_APPROVER, Role.UNIT_FINANCE)
BODIES = [
    ("application/json", b'{"a":'),
    ("application/json", b'["\\ud800", 1e999]'),
    ("application/json", b"\xff\xfe"),
    ("multipart/form-data", b"no boundary"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00.png"\r\n\r\nx\r\n--x--',
    ),
    ("multipart/form-data; boundary=x", b"--x\r\n"),
    ("text/plain", b"\x00" * 1000),
    ("nonsense", b"a=b"),
]


@pytest.fixture
def everybody(app: Flask) -> Client:
    """A client of somebody who holds every role, so that nonsense gets past the guard."""
    app.config["WTF_CSRF_ENABLED"] = False
    supplier_id = db.session.scalars(select(Supplier.id).order_by(Supplier.id)).first() or builders.supplier()
    household_id = db.session.scalars(select(Household.id)).first() or builders.household(
        supplier_id=supplier_id
    )
    unit_id = purchases.unit().id
    actor = builders.user(
        "everybody",
        (Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, supplier_id),
        (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, household_id),
        (Role.OFFICIAL, ScopeKind.REGION, builders.CITY),
        *((role, ScopeKind.UNIT, unit_id) for role in UNIT_ROLES),
        (Role.OUTLET_OPERATOR, ScopeKind.OUTLET, outlets.outlet()),
        *((role, ScopeKind.PLATFORM, "") for role in (Role.FINANCE, Role.AUDITOR, Role.ADMIN)),
    )
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client


def broken(client: Client, asked: Asked) -> list[str]:
    """Addresses that answered 5xx."""
    found = []
    for method, address, options in asked:
        with client.open(address, method=method, **options) as response:
            if response.status_code >= 500:
                found.append(
                    f"{method} {address[:120]} {str(options.get('data', ''))[:40]}: {response.status}"
                )
    return found


# headers


def crash() -> None:
    raise ZeroDivisionError


def refuse() -> None:
    raise Conflict("stock.short")


@pytest.fixture
def crashing(app: Flask) -> Flask:
    permission = next(iter(app.extensions[web.PERMISSIONS].values())).__class__("public")
    app._got_first_request = False
    web.register(
        app,
        "marketplace",
        [
            web.Route("/crash", "t.crash", crash, permission),
            web.Route("/refuse", "t.refuse", refuse, permission),
        ],
    )
    return app


ANSWERS = {
    "/healthz": 200,
    "/login": 200,
    "/my/orders": 302,
    "/no-such-page": 404,
    "/logout": 405,
    "/refuse": 409,
    "/crash": 500,
    "/static/shop.css": 200,
    "/static/no-such.css": 404,
    "/static/favicon.svg": 200,
}


@pytest.mark.parametrize(("address", "status"), ANSWERS.items(), ids=list(ANSWERS))
def test_every_kind_of_answer_is_guarded(crashing: Flask, address: str, status: int) -> None:
    with crashing.test_client().get(address) as response:
        assert response.status_code == status
        assert {name: response.headers.get(name) for name in web.SECURITY_HEADERS} == web.SECURITY_HEADERS
        assert "Strict-Transport-Security" not in response.headers
        assert "Cache-Control" in response.headers
        assert "Server" not in response.headers or "Python" not in response.headers["Server"]


def test_the_content_policy_is_strict() -> None:
    policy = dict(part.strip().split(" ", 1) for part in web.CONTENT_SECURITY_POLICY.split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in web.CONTENT_SECURITY_POLICY
    assert "*" not in web.CONTENT_SECURITY_POLICY


def test_https_is_kept(database_url: str, instance: Any) -> None:
    app = create_app(settings_for(database_url, instance, "https://shop.example"))
    client = app.test_client()
    cookies: list[str] = []
    for address in ("/login", "/static/shop.css", "/no-such-page"):
        with client.get(address, base_url="https://shop.example") as response:
            assert response.headers["Strict-Transport-Security"] == web.HSTS
            cookies += response.headers.getlist("Set-Cookie")
    assert cookies
    assert all(each.startswith("__Host-") and "Secure" in each and "HttpOnly" in each for each in cookies)


def test_pages_of_a_person_are_kept_by_nobody(everybody: Client) -> None:
    for address in ("/my/orders", "/my/addresses", "/supplier", "/admin"):
        assert everybody.get(address).headers["Cache-Control"] == "private, no-store"


def test_a_crash_says_nothing_of_itself_and_has_a_number(crashing: Flask) -> None:
    response = crashing.test_client().get("/crash")
    assert "ZeroDivision" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["X-Request-ID"] in response.text


def test_a_broken_error_page_still_answers(crashing: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "render_template", lambda *_args, **_context: crash())
    response = crashing.test_client().get("/crash")
    assert (response.status_code, response.mimetype) == (500, "text/plain")
    assert response.headers["X-Request-ID"] in response.text


def test_an_error_is_json_for_who_asks_for_json(crashing: Flask) -> None:
    response = crashing.test_client().get("/refuse", headers={"Accept": "application/json"})
    assert response.status_code == 409
    assert response.json == {
        "type": "about:blank",
        "title": "和现在的情况冲突",
        "status": 409,
        "detail": "库存对不上，请刷新后再试。",
        "code": "stock.short",
    }
    assert response.content_type == "application/problem+json"


# tokens and methods


def test_every_unsafe_request_needs_a_token(everybody: Client) -> None:
    app = everybody.application
    app.config["WTF_CSRF_ENABLED"] = True
    unsafe = [(rule, method) for rule, method in routes(app) if method in UNSAFE]
    assert len(unsafe) > 20
    unguarded = set()
    for rule, method in unsafe:
        response = everybody.open(address_of(rule), method=method)
        if response.status_code != 400 or "web.csrf" not in response.text:
            unguarded.add(rule.endpoint)
    # in the API no cookie speaks for anybody, so there is nothing a token could guard
    assert unguarded == {*SIGNED_ENDPOINTS, *(each.endpoint for each, _ in unsafe if is_api(each))}


def is_api(rule: Rule) -> bool:
    return rule.rule.startswith(web.API_PREFIX)


def test_a_refused_token_has_a_number_too(client: Client) -> None:
    response = client.post("/login")
    assert response.headers["X-Request-ID"] != "-"
    assert response.headers["X-Request-ID"] in response.text


def test_other_methods_are_refused_with_what_is_allowed(everybody: Client) -> None:
    wrong = []
    allowed: dict[str, set[str]] = {}
    for rule in everybody.application.url_map.iter_rules():
        if rule.endpoint != "static":
            allowed.setdefault(address_of(rule), set()).update(rule.methods or ())
    for address, methods in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - methods:
            response = everybody.open(address, method=method)
            named = {each.strip() for each in response.headers.get("Allow", "").split(",")}
            if response.status_code != 405 or not methods & named:
                wrong.append(f"{method} {address}: {response.status} {named}")
    assert wrong == []


@pytest.mark.parametrize("address", ["/login", "/logout", "/healthz"])
def test_options_says_what_there_is(client: Client, address: str) -> None:
    response = client.options(address)
    assert response.status_code in {200, 302}


# next


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/my/orders", True), ("/cart?a=1#b", True), ("/", True), ("/certificates", True),
        ("https://evil.example/", False), ("//evil.example", False), ("///evil.example", False),
        ("/\\evil.example", False), ("\\\\evil.example", False), ("/cart\\..\\evil", False),
        ("javascript:alert(1)", False), ("data:text/html,x", False), ("cart", False), ("", False), (None, False),
        ("/\t/evil.example", False), ("/cart\r\nSet-Cookie: a=b", False), ("/cart?\x00", False), (" /cart", False),
        ("/logout", False), ("/no-such-page", False), ("/static/shop.css", False), ("/./../evil", False),
        ("/cart/../../evil", False), ("http:/cart", False), ("/@evil.example", False), ("/cart" + "a" * 9000, False),
    ],
)  # fmt: skip
def test_the_way_back_leads_to_our_own_pages_only(app: Flask, target: str | None, safe: bool) -> None:
    with app.test_request_context():
        assert safe_next(app, target) == (target if safe else None)


def test_a_guest_comes_back_to_where_the_login_was_asked(client: Client) -> None:
    assert client.get("/my/orders?state=x").headers["Location"] == "/login?next=/my/orders?state%3Dx"
    assert client.post("/my/password").status_code == 400


# nonsense


@pytest.mark.template("demo")
class TestNonsense:
    def test_ids_that_nothing_can_have(self, everybody: Client) -> None:
        numbered = [rule for rule, _ in routes(everybody.application) if "<int:" in rule.rule]
        assert len(numbered) > 20
        wrong = []
        for rule in numbered:
            for value in HUGE:
                address = address_of(rule, default=value)
                for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                    response = everybody.open(address, method=method)
                    # 405 where the address takes other methods too: the router says so before it reads the number
                    if response.status_code not in (404, 405):
                        wrong.append(f"{method} {address[:90]}: {response.status}")
        assert wrong == []

    @pytest.mark.both_databases
    def test_text_in_an_address(self, everybody: Client) -> None:
        texts = [(rule, method) for rule, method in routes(everybody.application) if rule.arguments]
        asked: Asked = [
            (method, address_of(rule, default=text), {}) for rule, method in texts for text in TEXTS
        ]
        assert broken(everybody, asked) == []

    @pytest.mark.both_databases
    def test_in_every_field_of_every_address(self, everybody: Client, database_engine: str) -> None:
        asked, pages = Asked(), addresses(everybody.application, "GET")
        for junk in junk_for(database_engine):
            query = everywhere(junk if len(junk) < 1000 else junk[:80]).decode("latin-1")
            asked += [("GET", f"{address}?{query}", {}) for address in pages]
        assert broken(everybody, asked) == []

    @pytest.mark.both_databases
    def test_in_every_field_of_every_form(self, everybody: Client, database_engine: str) -> None:
        asked, forms = Asked(), addresses(everybody.application, "POST")
        for junk in junk_for(database_engine):
            options = {"data": everywhere(junk), "content_type": "application/x-www-form-urlencoded"}
            asked += [("POST", address, options) for address in forms]
        assert broken(everybody, asked) == []

    def test_as_the_body_of_every_form(self, everybody: Client) -> None:
        forms = addresses(everybody.application, "POST")
        asked: Asked = [
            ("POST", address, {"data": data, "content_type": content_type})
            for content_type, data in BODIES
            for address in forms
        ]
        assert broken(everybody, asked) == []


#: of the nonsense: what a driver may choke on, and what a database with strict types may
DRIVERS = {"10^18", "nul", "surrogate"}
STRICT = DRIVERS | {"minus one", "nan", "full width", "long"}


def junk_for(engine: str) -> list[bytes]:
    """All of it is sent, what the two databases may take differently to both; what no database sees is read alike
    before either, and sent where a page is had in half the time."""
    wanted = STRICT if engine == "postgresql" else DRIVERS | (JUNK.keys() - STRICT)
    return [JUNK[name] for name in sorted(wanted)]


def addresses(app: Flask, method: str) -> list[str]:
    """One real address per route: with an object that exists where the access table knows one."""
    found = []
    for rule, has in routes(app):
        if has == method and rule.endpoint != "accounts.logout":
            access = OBJECTS.get(rule.rule) or OBJECTS.get(rule.endpoint)
            thing = (
                next((each for each in access.things() if each.ours), None)
                if access and rule.arguments
                else None
            )
            found.append(address_of(rule, thing.args if thing else None))
    db.session.rollback()
    return found


@pytest.mark.parametrize(
    "cookie", ["session=junk", "session=.a.b.c", "session=%ff", "cart=%00", "device=" + "x" * 3000]
)
def test_junk_cookies_are_no_session(client: Client, cookie: str) -> None:
    assert client.get("/login", headers={"Cookie": cookie}).status_code == 200


@pytest.mark.parametrize(
    "session_id", ["x", "1:", ":1", "1:x", "999999:1", "１:1", f"{10**18}:1", f"{2**31}:1", f"{'9' * 2000}:1"]
)
def test_a_strange_session_is_nobody_s(app: Flask, client: Client, session_id: str) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = session_id
    assert client.get("/my/orders").headers["Location"].startswith("/login")


def test_an_old_session_ends(app: Flask, client: Client) -> None:
    actor = builders.user("somebody")
    builders.sign_in(client, actor)
    assert client.get("/my/password").status_code == 200
    end_all_sessions(actor.user_id, None, "accounts.sessions_end")
    assert client.get("/my/password").status_code == 302
    assert db.session.get(User, actor.user_id) is not None


def test_too_much_is_refused(client: Client) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/login", data={"identifier": "x" * (3 * 1024 * 1024)}).status_code == 413
    huge = {"data": b"x" * (17 * 1024 * 1024), "content_type": "application/x-www-form-urlencoded"}
    assert client.post("/login", **huge).status_code == 413
