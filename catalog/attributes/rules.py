"""Which attributes a category has, and which values a listing may take. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.plain_text import check_line, trimmed


class AttributeKind(StrEnum):
    """One value of several, or any number of marks."""

    CHOICE = "choice"
    MARKS = "marks"


@dataclass(frozen=True, slots=True)
class Attribute:
    """``options`` are names by id, in their order, and ``retired`` those of them that nothing new may be given;
    ``category_code`` None: every category has it."""

    FIELD: ClassVar = "attribute_"

    id: int
    category_code: str | None
    name: str
    kind: AttributeKind
    options: Mapping[int, str]
    retired: AbstractSet[int] = frozenset()

    @property
    def is_retired(self) -> bool:
        """Whether nothing of it is offered any more."""
        return self.retired >= self.options.keys()

    def offered(self, held: Collection[int] = ()) -> dict[int, str]:
        """What may be chosen by who has ``held``: all that is not retired, and what is there already."""
        return {
            option_id: name
            for option_id, name in self.options.items()
            if option_id not in self.retired or option_id in held
        }

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
    """Those of a category: its own first, then what it inherits. Of two of one name the nearer counts,
    unless it is retired: that one hides nothing. What is defined for all goods says how they are kept and made: nothing
    of a visit."""
    path: list[str | None] = [*with_parents(code, parents), *([] if is_visit else [None])]
    found: list[Attribute] = []
    inherited = [each for each in attributes if each.category_code in path]
    for attribute in sorted(inherited, key=lambda each: path.index(each.category_code)):
        if attribute.is_retired or all(each.is_retired or each.name != attribute.name for each in found):
            found.append(attribute)
    return found


def offered_of(attributes: Iterable[Attribute]) -> list[Attribute]:
    """What lists may be narrowed by: attributes without what is retired."""
    return [
        replace(each, options=each.offered(), retired=frozenset()) for each in attributes if each.offered()
    ]


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
    is_retired: bool = False


def checked_name(text: str, longest: int, field: str) -> str:
    """The name with single blanks. Raises InvalidInput ``attributes.name`` or ``text.hidden`` at ``field``."""
    name = " ".join(trimmed(text).split())
    check_line(name, field)
    if not 1 <= len(name) <= longest:
        raise InvalidInput("attributes.name", field=field, longest=longest)
    return name


def checked_options(drafts: Sequence[OptionDraft]) -> list[OptionDraft]:
    """Those that are to stay, with clean names. Raises InvalidInput at ``options``: none, too many, two of one name."""
    kept = [
        replace(draft, name=checked_name(draft.name, LONGEST_OPTION, "options"))
        for draft in drafts
        if trimmed(draft.name)
    ]
    if not 1 <= len(kept) <= MOST_OPTIONS:
        raise InvalidInput("attributes.how_many", field="options", most=MOST_OPTIONS)
    names = [draft.name for draft in kept]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidInput("attributes.option_twice", field="options", name=twice)
    return kept


def check_options(
    attributes: Sequence[Attribute], option_ids: Collection[int], held: Collection[int] = ()
) -> None:
    """Raises InvalidInput: ``attributes.unknown`` for a value no attribute of the category offers, and at its field
    ``attributes.one_only`` for a second value of a choice, ``attributes.retired`` for a retired value that is not
    ``held`` already."""
    known = {option_id for attribute in attributes for option_id in attribute.options}
    if not set(option_ids) <= known:
        raise InvalidInput("attributes.unknown")
    for attribute in attributes:
        if new := attribute.retired & (set(option_ids) - set(held)):
            name = attribute.options[min(new)]
            raise InvalidInput("attributes.retired", field=attribute.field, name=name)
        if attribute.kind is AttributeKind.CHOICE and len(attribute.options.keys() & set(option_ids)) > 1:
            raise InvalidInput("attributes.one_only", field=attribute.field, name=attribute.name)
