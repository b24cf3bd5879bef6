"""Typed errors. A code says what went wrong; the Chinese text and the HTTP status are found elsewhere
(``marketplace.error_texts`` and ``kernel.web``), so rules and commands stay free of both."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar


class DomainError(Exception):
    """Something the domain refuses.

    ``code`` is a dotted name such as ``"stock.sold_out"``; ``field`` the form field it belongs to, if any; ``params``
    fill the text of the code.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, field: str | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code}({details})" if details else self.code


class InvalidInput(DomainError):
    status = 422


class InvalidFields(InvalidInput):
    """Several fields at once: what a form shows field by field, the API says in one answer.

    ``errors`` holds Chinese sentences by field; parts of parts have dotted names (``"lines.0.units"``).
    """

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("web.422")
        self.errors = errors


@contextmanager
def at_field(field: str) -> Iterator[None]:
    """What is wrong with something is wrong at the form field that it came by."""
    try:
        yield
    except InvalidInput as error:
        error.field = field
        raise


class NotFound(DomainError):
    """The object does not exist, or does not exist for this person: the two must look alike."""

    status = 404

    def __init__(self, code: str = "not_found", field: str | None = None, **params: object) -> None:
        super().__init__(code, field, **params)


class Forbidden(DomainError):
    status = 403

    def __init__(self, code: str = "forbidden", field: str | None = None, **params: object) -> None:
        super().__init__(code, field, **params)


class Conflict(DomainError):
    status = 409


class IllegalTransition(Conflict):
    """An action that the state table does not list for the current state."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__("workflow.illegal", state=state, action=action)
