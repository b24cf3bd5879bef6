"""Which attributes a category has, and which values a listing may take. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from marketplace.kernel.errors import InvalidInput


class AttributeKind(StrEnum):
    """One value of several, or any number of marks."""

    CHOICE = "choice"
    MARKS = "marks"


@dataclass(frozen=True, slots=True)
class Attribute:
    """``options`` are names by id, in their order; ``category_code`` None: every category has it."""

    FIELD: ClassVar = "attribute_"

    id: int
    category_code: str | None
    name: str
    kind: AttributeKind
    options: Mapping[int, str]

    @property
    def field(self) -> str:
        """The name of its field in a form."""
        return f"{self.FIELD}{self.id}"


def with_parents(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """A category and those it lies in, nearest first; ``parents`` by code. A circle ends where it began."""
    path: list[str] = []
    here: str | None = code
    while here is not None and here not in path:
        path.append(here)
        here = parents.get(here)
    return path


def attributes_of(
    code: str, attributes: Iterable[Attribute], parents: Mapping[str, str | None]
) -> list[Attribute]:
    """Those of a category: its own first, then what it inherits. Of two of one name the nearer counts."""
    path: list[str | None] = [*with_parents(code, parents), None]
    found: dict[str, Attribute] = {}
    inherited = [each for each in attributes if each.category_code in path]
    for attribute in sorted(inherited, key=lambda each: path.index(each.category_code)):
        found.setdefault(attribute.name, attribute)
    return list(found.values())


def values_of(attributes: Sequence[Attribute], option_ids: Collection[int]) -> list[tuple[str, list[str]]]:
    """(name, values) of those attributes that have a value, in their order."""
    rows = []
    for attribute in attributes:
        values = [name for option_id, name in attribute.options.items() if option_id in option_ids]
        if values:
            rows.append((attribute.name, values))
    return rows


def check_options(attributes: Sequence[Attribute], option_ids: Collection[int]) -> None:
    """Raises InvalidInput: ``attributes.unknown`` for a value no attribute of the category offers, and at its field
    ``attributes.one_only`` for a second value of a choice."""
    known = {option_id for attribute in attributes for option_id in attribute.options}
    if not set(option_ids) <= known:
        raise InvalidInput("attributes.unknown")
    for attribute in attributes:
        if attribute.kind is AttributeKind.CHOICE and len(attribute.options.keys() & set(option_ids)) > 1:
            raise InvalidInput("attributes.one_only", field=attribute.field, name=attribute.name)
