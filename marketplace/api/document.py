"""The OpenAPI 3.1 document, written from the same table the routes come from."""

import re
from collections.abc import Iterable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from marketplace.accounts.policies import OPEN
from marketplace.api.operations import CART_TOKEN, Operation
from marketplace.api.schemas.common import Problem
from marketplace.kernel.web import PROBLEM

_ARGUMENT = re.compile(r"<(?:(int):)?([a-z_]+)>")
_ERRORS = {
    400: "请求看不懂：不是 JSON、地址里有坏字符",
    401: "没有带凭证，或凭证已经失效",
    403: "没有这项权限",
    404: "没有，或者不归您",
    409: "和现在的情况冲突：售罄、变价、重复",
    413: "正文太大",
    415: "正文要是 application/json",
    422: "有内容填得不对，errors 里按字段列出",
    429: "太频繁，Retry-After 秒后再试",
}
_ABOUT = """西安扶贫超市的开放接口。金额一律是整数分，重量是克，时间是 UTC。

列表答 `{"items": […], "next": …}`，`next` 是下一页的完整地址或 null。错误一律是 RFC 9457 的
`application/problem+json`，`code` 给程序看，`detail` 给人看，`errors` 按字段列出。

身份只看 `Authorization: Bearer …`，不看 cookie。游客买东西不用身份：购物车靠 `X-Cart-Token`，订单靠下单的 token。"""


def build(operations: Iterable[Operation], public_url: str) -> dict[str, Any]:
    """The document of these operations."""
    spec = APISpec(
        title="西安扶贫超市 API",
        version="1.0.0",
        openapi_version="3.1.0",
        info={"description": _ABOUT},
        servers=[{"url": public_url.rstrip("/")}],
        plugins=[MarshmallowPlugin(schema_name_resolver=_name_of)],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=Problem)
    for status, text in _ERRORS.items():
        spec.components.response(str(status), _problem(status, text))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = paths.setdefault(_ARGUMENT.sub(r"{\2}", operation.rule), {})
        path[operation.method.lower()] = _described(operation)
    for path_name, described in paths.items():
        spec.path(path_name, operations=described)
    document: dict[str, Any] = spec.to_dict()
    return document


def _name_of(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _problem(status: int, text: str, schema: type[Schema] = Problem) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": text, "content": {PROBLEM: {"schema": schema}}}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status == 429:
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return answer


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [{"bearer": []}] if operation.permission not in OPEN else [{}, {"bearer": []}],
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body is not None:
        needed = any(each.required for each in operation.body().fields.values())
        described["requestBody"] = {
            "required": needed,
            "content": {"application/json": {"schema": operation.body}},
        }
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kind, name in _ARGUMENT.findall(operation.rule):
        number = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
        schema = number if kind else {"type": "string", "minLength": 1}
        found.append({"in": "path", "name": name, "required": True, "schema": schema})
    if operation.takes_cart:
        about = "游客的购物车凭证；会员不用"
        found.append({"in": "header", "name": CART_TOKEN, "description": about, "schema": {"type": "string"}})
    if operation.query is not None:
        found.append({"in": "query", "schema": operation.query})
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, schema in operation.answers.items():
        found[str(status)] = _answer(schema)
        if operation.takes_cart and operation.name.startswith("cart") and schema is not None:
            found[str(status)]["headers"] = {CART_TOKEN: {"schema": {"type": "string"}}}
    statuses = {400, 401, 429, *operation.errors}
    if operation.permission not in OPEN:
        statuses.add(403)
    if "<" in operation.path:
        statuses.add(404)
    if operation.body is not None:
        statuses |= {413, 415}
    found.update({str(status): str(status) for status in sorted(statuses)})
    for status, problem in operation.problems.items():
        found[str(status)] = _problem(status, _ERRORS[status], problem)
    return found


def _answer(schema: type[Schema] | None) -> dict[str, Any]:
    if schema is None:
        return {"description": "办好了，没有正文"}
    return {"description": "办好了", "content": {"application/json": {"schema": schema}}}
