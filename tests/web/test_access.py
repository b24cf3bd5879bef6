"""All routes × methods × roles × {own, same region, sibling, parent, foreign}.

What a person may do is derived from the permission the table names and, for a route with an argument, from whose the
object is. To everybody else a foreign object does not exist: 404, never 403, never a page.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from catalog.products.models import Listing, Sku
from catalog.products.queries import goods_clause, visible_clause
from catalog.stock.models import StockRow
from certification.linkage.models import SupplyLot
from marketplace.accounts.models import Invitation, Role, ScopeKind, User
from marketplace.accounts.policies import HOLDERS, Actor, Permission, allows
from marketplace.accounts.queries import load_actor
from marketplace.kernel import clock, crypto
from marketplace.kernel.db import db
from marketplace.kernel.media import Media, MediaKind
from marketplace.kernel.transaction import transactional
from marketplace.kernel.web import API_PREFIX, permission_of
from marketplace.parties.models import PartnerUnit, Supplier
from orders.cart.commands import add_to_cart
from orders.cart.queries import CartOwner
from orders.refunds.models import Refund, RefundPhoto
from tests.factories import builders, outlets, purchases
from tests.support import safety_things, supplier_things, unit_things
from tests.support.access_rules import Access, Enumerate, Thing, prefix_of
from tests.support.clients import Client
from tests.support.logins import issue_token
from tests.support.route_permissions import PERMISSION_OF
from tests.support.route_table import OBJECTS

pytestmark = pytest.mark.template("demo")

#: demo logins, and people made for the purpose below
LOGINS = (
    "buyer",
    "coop",
    "coop2",
    "household",
    "village",
    "town",
    "county",
    "county2",
    "city",
    "finance",
    "auditor",
    "unit",
    "unit-approver",
    "outlet",
)
MADE = (
    "foreign_unit",
    "foreign_outlet",
    "consumer",
    "staff",
    "same_village",
    "sibling_village",
    "sibling_town",
    "other_city",
    "nobody",
)
PEOPLE = ("guest", *LOGINS, *MADE, "admin")
#: how near to one's own place what one may not see lies
DISTANCES = (12, 9, 6, 4, 0)
#: what an empty form asks for does not exist, or there is nothing to be done for the object just now
NOTHING_ASKED_FOR = {
    "cart.add",
    "supplier.switch",
    "unit.switch",
    "unit.add",
    "unit.paper",
    "outlet.switch",
    "outlet.basket_add",
    "supplier.application_new",
    "supplier.freight_remove",
    "supplier.disbursement_new",
    "accounts.login_code",  # nobody owes a code
    "accounts.email_confirm",  # a mail address changed on the way here
    "accounts.reset",  # who has logged out on the way here has another link
}
#: what changes who one is comes last, in this order
ENDS_THE_SESSION = (
    "api.token_revoke",
    "accounts.sessions_end_others",
    "invitations.accept",
    "accounts.logout",
)
NEVER = {"<int:": 2**31 - 1, "": "no-such-thing"}


class Request(NamedTuple):
    rule: Rule
    method: str
    thing: Thing | None = None


def region_of_supplier(login: str) -> tuple[int, str]:
    actor = person(login)
    assert actor is not None
    supplier_id = actor.supplier_ids[0]
    return supplier_id, db.session.scalars(
        select(Supplier.village_code).where(Supplier.id == supplier_id)
    ).one()


def all_roles_of_a_unit() -> list[tuple[Role, ScopeKind, object]]:
    """Every role, in a unit that has nothing to do with those of the demo."""
    unit_id = purchases.unit().id
    attach_papers()
    return [(role, ScopeKind.UNIT, unit_id) for role in HOLDERS[Permission.UNIT]]


def person(name: str) -> Actor | None:  # noqa: PLR0911 - a line per kind of person
    """Someone of the demo, or someone made to stand just beside them."""
    if name == "guest":
        return None
    user_id = db.session.scalar(select(User.id).where(User.username == name))
    if user_id is not None:
        return load_actor(user_id)
    if name in {"consumer", "nobody", "foreign_unit"}:
        return builders.user(name, *(all_roles_of_a_unit() if name == "foreign_unit" else ()))
    if name == "foreign_outlet":
        return outlets.operator_of(outlets.outlet(), name)
    supplier_id, village = region_of_supplier("coop")
    if name == "staff":
        return builders.user(name, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id))
    if name == "same_village":
        return builders.owner_of(builders.supplier(village), name)
    places = {
        "sibling_village": builders.VILLAGE,
        "sibling_town": "610124101000",
        "other_city": "610300000000",
    }
    return builders.official_of(places[name], name)


@pytest.fixture
def shop(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    attach_papers()
    fill_carts()
    invite_people()
    for login in ("buyer", "county"):
        member = person(login)
        assert member is not None
        safety_things.sign_in_elsewhere(member.user_id)
    coop = person("coop")
    assert coop is not None
    supplier_things.film_something(coop)
    return app


@transactional
def attach_papers() -> None:
    """Photos and vouchers, which the demo's refunds and lots have none of."""
    paper = select(Media.id).where(Media.kind == MediaKind.PDF).limit(1).scalar_subquery()
    for refund_id in db.session.scalars(select(Refund.id)):
        db.session.execute(insert(RefundPhoto).values(refund_id=refund_id, media_id=paper))
    db.session.execute(update(SupplyLot).values(voucher_id=paper))
    db.session.execute(update(PartnerUnit).values(paper_id=paper))


@transactional
def invite_people() -> None:
    """Invitations, one of them with a secret that is known here, and somebody of the staff to part with."""
    unit, supplier = person("unit"), person("coop")
    assert unit is not None
    assert supplier is not None
    supplier_id = supplier.supplier_ids[0]
    links = (
        (unit_things.INVITATION_SECRET, Role.UNIT_BUYER, ScopeKind.UNIT, unit.unit_ids[0], unit.user_id),
        ("another-secret", Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id, supplier.user_id),
    )
    for secret, role, kind, scope_id, inviter in links:
        builders.added(
            Invitation(
                token_digest=crypto.lookup_digest("invitation", secret),
                role=role,
                scope_kind=kind,
                scope_id=str(scope_id),
                invitee="示例",
                invited_by=inviter,
                invited_at=clock.now(),
                expires_at=clock.now() + timedelta(days=7),
            )
        )
    builders.user("leaving_staff", (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id))


def fill_carts() -> None:
    """Carts, which the demo's members have left empty."""
    sku_id = db.session.scalars(
        select(Sku.id)
        .join(Listing)
        .join(StockRow, StockRow.sku_id == Sku.id)
        .where(visible_clause(), goods_clause(), Sku.is_active, StockRow.available > 0)
        .order_by(Sku.id)
    ).first()
    buyer = person("buyer")
    assert buyer is not None
    assert sku_id is not None
    add_to_cart(CartOwner(user_id=buyer.user_id), sku_id, 1)


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def access_of(rule: Rule) -> Access | None:
    return OBJECTS.get(rule.rule) or OBJECTS.get(rule.endpoint)


def test_every_route_is_classified(app: Flask) -> None:
    unknown = {rule.endpoint for rule, _ in routes(app) if rule.endpoint not in PERMISSION_OF}
    objects = {rule.rule for rule, _ in routes(app) if rule.arguments and access_of(rule) is None}
    assert (unknown, objects) == (set(), set())


def test_every_route_asks_for_what_the_table_says(app: Flask) -> None:
    wrong = {
        f"{method} {rule.endpoint}: {permission_of(app, rule.endpoint, method)}"
        for rule, method in routes(app)
        if permission_of(app, rule.endpoint, method) != PERMISSION_OF.get(rule.endpoint)
    }
    assert wrong == set()


def permission_for(app: Flask, rule: Rule, method: str) -> Permission:
    """The table's word; a route that is not in it yet is walked by its own and fails the test above."""
    return PERMISSION_OF.get(rule.endpoint) or Permission(str(permission_of(app, rule.endpoint, method)))


def test_there_is_something_behind_every_route(shop: Flask) -> None:
    """An empty table would make the walk below say nothing."""
    with_objects = [(rule, access_of(rule)) for rule, _ in routes(shop)]
    assert {rule.endpoint for rule, access in with_objects if access and not any(access.things())} == set()


class Visitor:
    """One person's client, and what it found wrong."""

    def __init__(self, app: Flask, actor: Actor | None) -> None:
        self.app = app
        self.actor = actor
        self.client = app.test_client()
        assert isinstance(self.client, Client)
        self.wrong: list[str] = []
        self.tried: dict[str, int] = defaultdict(int)
        self.bearer: dict[str, str] = {}
        if actor is not None:
            self.bearer = {"Authorization": f"Bearer {issue_token(actor.user_id).token}"}
            builders.sign_in(self.client, actor)

    def ask(self, request: Request) -> TestResponse:
        args: dict[str, Any] = request.thing.args if request.thing else {}
        address = self.app.url_map.bind("localhost").build(request.rule.endpoint, args, request.method)
        headers = self.bearer if address.startswith(API_PREFIX) else {}
        response = self.client.open(address, method=request.method, headers=headers)
        response.close()
        return response

    def check(self, request: Request, wanted: str, response: TestResponse) -> None:
        self.tried[wanted] += 1
        to_login = response.status_code == 302 and response.headers["Location"].startswith("/login")
        fine = {
            "login": to_login
            or (request.method == "GET" and response.status_code == 403)
            or (request.rule.rule.startswith(API_PREFIX) and response.status_code == 401),
            "forbidden": response.status_code == 403,
            "hidden": response.status_code == 404,
            "refused": response.status_code in {400, 403, 404, 409, 422},
            "allowed": response.status_code < 500
            and response.status_code not in {401, 403, 404, 405}
            and not to_login,
        }[wanted]
        if wanted == "allowed" and request.rule.endpoint in NOTHING_ASKED_FOR:
            fine = response.status_code < 500
        if not fine:
            about = request.thing.args if request.thing else ""
            self.wrong.append(
                f"{request.method} {request.rule.rule} {about}: {response.status} instead of {wanted}"
            )

    def wanted(self, request: Request) -> str:
        permission = permission_for(self.app, request.rule, request.method)
        if not allows(self.actor, permission):
            return "login" if self.actor is None else "forbidden"
        access = access_of(request.rule) if request.thing else None
        if access is None or request.thing is None:
            return "allowed"
        if request.thing.ours and access.may(self.actor, request.thing):
            return "allowed"
        if not request.thing.ours and request.method == "POST" and access.may(self.actor, request.thing):
            return "refused"  # a part of something else under an object that is one's own
        sees = access.sees is not None and request.thing.ours and access.sees(self.actor, request.thing)
        return "refused" if sees else "hidden"

    def visit(self, requests: list[Request]) -> None:
        """Foreign objects first and what may change something last, so that no act spoils a later question."""
        judged = [(self.wanted(request), request) for request in requests]
        for wanted, request in sorted(
            judged,
            key=lambda pair: (
                pair[1].method != "GET",
                pair[0] == "allowed",
                ENDS_THE_SESSION.index(pair[1].rule.endpoint) + 1
                if pair[1].rule.endpoint in ENDS_THE_SESSION
                else 0,
            ),
        ):
            self.check(request, wanted, self.ask(request))


def place_of(actor: Actor | None) -> str:
    """Where a person stands: their region, or their supplier's village."""
    if actor is None:
        return ""
    if actor.official_regions:
        return prefix_of(actor.official_regions[0])
    if actor.supplier_ids:
        query = select(Supplier.village_code).where(Supplier.id == actor.supplier_ids[0])
        return db.session.scalars(query).one()
    return ""


def distance(place: str, region: str) -> int:
    """The longest shared scope: 12 the same village … 0 another city or no place at all."""
    return next(length for length in DISTANCES if place[:length] == region[:length] and len(place) >= length)


def sample(actor: Actor | None, access: Access, read: dict[Enumerate, list[Thing]]) -> list[Thing]:
    """Two of one's own, one of each kind that is not. ``read`` keeps what several rules are about."""
    place, chosen, counts = place_of(actor), list[Thing](), defaultdict[object, int](int)
    if access.things not in read:
        read[access.things] = list(access.things())
    for thing in read[access.things]:
        mine = thing.ours and access.may(actor, thing)
        seen = thing.ours and access.sees is not None and access.sees(actor, thing)
        kind = (mine, seen, thing.ours, thing.submitted, 0 if mine else distance(place, thing.region))
        counts[kind] += 1
        if counts[kind] <= (2 if mine else 1):
            chosen.append(thing)
    return chosen


def missing(rule: Rule) -> Thing:
    """An object that nobody ever made."""
    args: dict[str, Any] = {
        name: NEVER["<int:"] if f"<int:{name}>" in rule.rule else NEVER[""] for name in rule.arguments
    }
    first_word = re.search(r"<any\('(\w+)'.*\):action>", rule.rule)
    if first_word:
        args["action"] = first_word[1]
    return Thing(args, supplier=-1, buyer=-1, region="-", ours=False)


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_gets_what_is_theirs_and_nothing_else(shop: Flask, name: str) -> None:
    actor = person(name)
    visitor = Visitor(shop, actor)
    requests: list[Request] = []
    samples: dict[int, list[Thing]] = {}
    read: dict[Enumerate, list[Thing]] = {}
    for rule, method in routes(shop):
        access = access_of(rule) if rule.arguments else None
        if access is None:
            requests += [] if rule.arguments else [Request(rule, method)]
            continue
        if id(access) not in samples:
            samples[id(access)] = sample(actor, access, read)
        if allows(actor, permission_for(shop, rule, method)):
            requests += [Request(rule, method, thing) for thing in [*samples[id(access)], missing(rule)]]
        else:
            requests += [Request(rule, method, thing) for thing in samples[id(access)][:1] or [missing(rule)]]
    db.session.rollback()
    visitor.visit(requests)
    assert not visitor.wrong, "\n".join(visitor.wrong)
    assert sum(visitor.tried.values()) >= len(requests) > 50
