"""From a request to a view and back: addresses and bodies read strictly, answers through their schema."""

import functools
import json
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Response, request
from marshmallow import Schema, ValidationError

from marketplace.api.fields import flat, load
from marketplace.api.operations import Answer, Operation
from marketplace.kernel.errors import DomainError, InvalidFields

#: A cart of a hundred lines with its address is a few kilobytes.
MAX_BODY = 64 * 1024


class TooLarge(DomainError):
    status = 413


class NotJson(DomainError):
    status = 415


class Ask:
    """What a view may read. The body is read when the view asks for it, so that what does not exist is said first."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    @functools.cached_property
    def query(self) -> dict[str, Any]:
        """The address's values; twice the same name is a mistake, not a choice."""
        schema = self._operation.query
        if schema is None:
            return {}
        repeated = [name for name, values in request.args.lists() if len(values) > 1]
        if repeated:
            raise InvalidFields({name: ["只能写一次。"] for name in repeated})
        return _load(schema, request.args.to_dict())

    @functools.cached_property
    def body(self) -> dict[str, Any]:
        schema = self._operation.body
        return {} if schema is None else _load(schema, read_json())


def _load(schema: type[Schema], values: Any) -> dict[str, Any]:
    try:
        return load(schema, values)
    except ValidationError as error:
        raise InvalidFields(flat(error.messages)) from error


def _no_number(_text: str) -> NoReturn:
    raise ValueError


def read_json() -> Any:
    """The JSON of the body. Raises NotJson for anything else, ``api.json`` for what is none: ``NaN`` is not."""
    raw = request.get_data(cache=False)  # the edge bounds what is read
    if len(raw) > MAX_BODY:
        raise TooLarge("api.too_large", kilobytes=MAX_BODY // 1024)
    if request.mimetype != "application/json":
        if not raw and not request.mimetype:
            return {}  # nothing was sent: what is missing is said field by field
        raise NotJson("api.media_type")
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise DomainError("api.json") from error


def view_of(operation: Operation) -> Callable[..., Response]:
    """The view of a route: it reads as the operation says and answers as the operation says."""

    @functools.wraps(operation.view)
    def view(**path: Any) -> Response:
        ask = Ask(operation)
        if operation.query is not None:
            ask.query  # noqa: B018 - a wrong address is said before anything is done
        answer = operation.view(ask, **path)
        return answer if isinstance(answer, Response) else respond(operation, answer)

    return view


def respond(operation: Operation, answer: Answer) -> Response:
    schema = operation.answers[answer.status]
    if schema is None:
        response = Response(status=answer.status)
        del response.headers["Content-Type"]
    else:
        text = json.dumps(schema().dump(answer.content), ensure_ascii=False, separators=(",", ":"))
        response = Response(text, answer.status, mimetype="application/json")
    response.headers.extend(answer.headers)
    return response
