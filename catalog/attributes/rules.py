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
    code: str, attributes: Iterable[Attribute], parents: Mapping[str, str | None], *, is_visit: bool = False
) -> list[Attribute]:
    """Those of a category: its own first, then what it inherits. Of two of one name the nearer counts. What is defined
    for all goods says how they are kept and made: nothing of a visit."""
    path: list[str | None] = [*with_parents(code, parents), *([] if is_visit else [None])]
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


MOST_OPTIONS = 40
LONGEST_ATTRIBUTE, LONGEST_OPTION = 12, 20
MOST_POSITION = 999


@dataclass(frozen=True, slots=True)
class OptionDraft:
    """An option as somebody wants it; ``id`` None: a new one. An empty name takes it away."""

    id: int | None
    name: str
    position: int


def checked_name(text: str, longest: int, field: str) -> str:
    """The name with single blanks. Raises InvalidInput ``attributes.name`` at ``field``."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= longest:
        raise InvalidInput("attributes.name", field=field, longest=longest)
    return name


def checked_options(drafts: Sequence[OptionDraft]) -> list[OptionDraft]:
    """Those that are to stay, with clean names. Raises InvalidInput at ``options``: none, too many, two of one name."""
    kept = [
        OptionDraft(draft.id, checked_name(draft.name, LONGEST_OPTION, "options"), draft.position)
        for draft in drafts
        if draft.name.strip()
    ]
    if not 1 <= len(kept) <= MOST_OPTIONS:
        raise InvalidInput("attributes.how_many", field="options", most=MOST_OPTIONS)
    names = [draft.name for draft in kept]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidInput("attributes.option_twice", field="options", name=twice)
    return kept


def check_options(attributes: Sequence[Attribute], option_ids: Collection[int]) -> None:
    """Raises InvalidInput: ``attributes.unknown`` for a value no attribute of the category offers, and at its field
    ``attributes.one_only`` for a second value of a choice."""
    known = {option_id for attribute in attributes for option_id in attribute.options}
    if not set(option_ids) <= known:
        raise InvalidInput("attributes.unknown")
    for attribute in attributes:
        if attribute.kind is AttributeKind.CHOICE and len(attribute.options.keys() & set(option_ids)) > 1:
            raise InvalidInput("attributes.one_only", field=attribute.field, name=attribute.name)
