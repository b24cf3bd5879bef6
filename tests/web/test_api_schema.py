"""The document and the application, held against each other by schemathesis: whatever the document allows or forbids is
sent, and what comes back must be documented, of the documented form, and never an error of ours."""

import contextvars
import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from catalog.products.models import Sku
from certification.certificates.models import CatalogueBatch
from certification.certificates.workflow import CatalogueState
from certification.notices.models import PublicNotice
from marketplace.accounts.models import User
from marketplace.api.routes import OPERATIONS
from marketplace.kernel.db import db
from orders.ordering.models import Checkout, Order
from tests.support import things, visit_things
from tests.support.clients import Client
from tests.support.logins import issue_token

pytestmark = pytest.mark.template("demo")
BASE = "/api/v1"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def real_values(user_id: int | None) -> dict[str, Any]:
    """Values of path arguments that lead somewhere for this person."""
    order = (
        select(Order.number, Checkout.token)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .where(Order.user_id == user_id if user_id is not None else Order.user_id.is_(None))
        .order_by(Order.id.desc())
    )
    number, token = db.session.execute(order).first() or ("1" * 17, "x" * 24)
    values = {
        "product_id": next(things.listings_on_sale()).args["listing_id"],
        "visit": next(visit_things.products_with_dates()).args["product_id"],
        "number": number,
        "checkout_token": token,
        "sku_id": db.session.scalars(select(Sku.id)).first(),
        "certificate": next(things.certificate_numbers()).args["number"],
        "notice_id": db.session.scalars(select(PublicNotice.id)).first(),
        "batch_id": db.session.scalars(
            select(CatalogueBatch.id).where(CatalogueBatch.state == CatalogueState.PUBLISHED)
        ).first(),
    }
    db.session.rollback()
    return values


def try_operation(operation: Any, values: dict[str, Any], headers: dict[str, str]) -> None:
    modes = st.sampled_from(list(schemathesis.GenerationMode))

    @EXAMPLES
    @given(data=st.data(), mode=modes, real=st.booleans())
    def check(data: Any, mode: Any, real: bool) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if real and case.path_parameters:
            found = {**values, "number": values["certificate"]} if "certificates" in case.path else values
            found = {**found, "product_id": values["visit"]} if "dates" in case.path else found
            case.path_parameters = {name: found[name] for name in case.path_parameters}
        # an empty context: the request must not see the test's own session
        response = contextvars.Context().run(case.call, headers=headers)
        case.validate_response(response, checks=CHECKS)

    check()


@pytest.mark.parametrize("who", ["guest", "member"])
def test_what_the_document_says_is_what_happens(app: Flask, who: str) -> None:
    user_id = (
        db.session.scalars(select(User.id).where(User.username == "buyer")).one() if who == "member" else None
    )
    headers = {"Authorization": f"Bearer {issue_token(user_id).token}"} if user_id is not None else {}
    values = real_values(user_id)
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", app)
    tried = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.label != f"DELETE {BASE}/tokens/current" or user_id is None:  # it would end the walk
            try_operation(operation, values, headers)
            tried += 1
    # the document itself is where schemathesis starts from
    assert tried == len(OPERATIONS) - (1 if user_id is None else 2)


def test_the_document_lists_every_operation(client: Client) -> None:
    document = client.get(f"{BASE}/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    listed = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    known = {
        (method, rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}"))
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert listed == known
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_other_methods_are_refused_with_what_is_allowed(client: Client) -> None:
    by_path: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.rule, set()).add(operation.method)
    for rule, allowed in by_path.items():
        path = re.sub(r"<int:\w+>", "1", rule).replace("<", "").replace(">", "")
        for method in METHODS - allowed:
            answer = client.open(path, method=method)
            assert (answer.status_code, answer.content_type) == (405, "application/problem+json"), (
                method,
                path,
            )
            named = {each.strip() for each in answer.headers["Allow"].split(",")}
            assert named - {"HEAD", "OPTIONS"} == allowed
            assert answer.get_json()["code"] == "web.405"


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/no-such-thing", {}, 404),
        ("POST", "/no-such-thing", {"json": {}}, 404),
        ("GET", "/products/0", {}, 404),
        ("GET", f"/products/{10**18}", {}, 404),
        ("GET", "/products/x", {}, 404),
        ("GET", "/products?page=0", {}, 422),
        ("GET", f"/products?page={10**18}", {}, 422),
        ("GET", f"/products?page={'9' * 5000}", {}, 422),
        ("GET", "/products?page=%EF%BC%91", {}, 422),
        ("GET", "/products?page=1.0", {}, 422),
        ("GET", "/products?page=1&page=2", {}, 422),
        ("GET", "/products?page=400&page_size=100", {}, 422),
        ("GET", "/products?page_size=101", {}, 422),
        ("GET", "/products?colour=red", {}, 422),
        ("GET", "/products?sort=random()", {}, 422),
        ("GET", "/products?sort=relevance", {}, 422),
        ("GET", "/products?q=%00", {}, 400),
        ("GET", "/products?q=%FF%FE", {}, 200),
        ("GET", "/regions?parent=x", {}, 422),
        ("GET", "/regions?parent=999999999999", {}, 404),
        ("GET", "/certificates/%FF", {}, 404),
        ("GET", "/certificates/1?version=0", {}, 422),
        ("GET", "/notices?state=all", {}, 422),
        ("GET", "/notices?county=%E5%91%A8", {}, 422),
        ("GET", "/notices/999999", {}, 404),
        ("GET", "/catalogues/999999", {}, 404),
        ("GET", f"/checkouts/{'x' * 5000}", {}, 404),
        ("POST", "/cart/lines", {"data": b"{", "content_type": "application/json"}, 400),
        ("POST", "/cart/lines", {"data": b"\xff\xfe", "content_type": "application/json"}, 400),
        ("POST", "/cart/lines", {"data": b"[" * 60_000, "content_type": "application/json"}, 400),
        ("POST", "/cart/lines", {"data": b'{"units": NaN}', "content_type": "application/json"}, 400),
        ("POST", "/cart/lines", {"data": b"[]", "content_type": "application/json"}, 422),
        ("POST", "/cart/lines", {"data": b"null", "content_type": "application/json"}, 422),
        ("POST", "/cart/lines", {"data": b'"x"', "content_type": "application/json"}, 422),
        ("POST", "/cart/lines", {"data": b"a=b", "content_type": "application/x-www-form-urlencoded"}, 415),
        ("POST", "/cart/lines", {"data": b"{}", "content_type": "text/plain"}, 415),
        ("POST", "/cart/lines", {}, 422),
        ("POST", "/cart/lines", {"json": {"sku_id": 1, "units": 1, "channel": "x" * 70_000}}, 413),
        ("POST", "/tokens", {"data": b'{"identifier":"a\\u0000","password":"b"}', "content_type": "application/json"}, 422),
        ("POST", "/tokens", {"data": b'{"identifier":"\\ud800","password":"b"}', "content_type": "application/json"}, 422),
    ],
)  # fmt: skip
def test_a_mistake_is_a_problem(client: Client, method: str, path: str, options: Any, status: int) -> None:
    answer = client.open(BASE + path, method=method, **options)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.content_type == "application/problem+json"
        assert answer.get_json().keys() >= {"type", "title", "status", "detail", "code"}
        assert answer.get_json()["status"] == status
        assert "errors" in answer.get_json() or status != 422
