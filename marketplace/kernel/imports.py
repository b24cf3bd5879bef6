"""What a table would do before it does it: new, changed and unchanged rows, or every bad cell. All or nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from marketplace.kernel import crypto
from marketplace.kernel.errors import Conflict
from marketplace.kernel.spreadsheets import CellError, Sheet


@dataclass(frozen=True, slots=True)
class CellChange:
    """A value as people read it, before and after."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """``row`` as the spreadsheet numbers it; ``changes`` is empty for a new thing. ``exact`` is for the fingerprint
    alone: the changes without the masks that hide a part of them."""

    row: int
    title: str
    changes: tuple[CellChange, ...] = ()
    exact: tuple[CellChange, ...] = ()


#: what a page shows of a value under its label
Masks = Mapping[str, Callable[[str], str]]


@dataclass(slots=True)
class ImportPlan:
    """Nothing may be written while ``errors`` is not empty. ``unread``: headings of the table that mean nothing here,
    told before it is written: a column under another name would be left out without a word."""

    new: list[PlannedRow] = field(default_factory=list)
    changed: list[PlannedRow] = field(default_factory=list)
    unchanged: int = 0
    errors: list[CellError] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def found_in(self, sheet: Sheet) -> None:
        """What reading the table has shown, once all rows are planned."""
        self.errors, self.unread = sheet.errors, sheet.unread

    @property
    def fingerprint(self) -> str:
        """Tells whether a table would still do what it would have done when somebody looked. Keyed: a page carries it,
        and what a mask hides must not be found by trying."""
        return crypto.lookup_digest("import", repr((self.new, self.changed, self.unchanged)))[:16]

    @property
    def writes_nothing(self) -> bool:
        return not self.new and not self.changed

    def note(
        self,
        row: int,
        title: str,
        old: Mapping[str, str] | None,
        new: Mapping[str, str],
        masks: Masks | None = None,
    ) -> bool:
        """Put a row where it belongs by what it says before (None: it is new) and after; whether it writes anything.
        Values are compared whole, and shown through ``masks``."""
        if old is None:
            self.new.append(PlannedRow(row, title))
            return True
        changes = differences(old, new)
        if changes:
            self.changed.append(PlannedRow(row, title, _masked(changes, masks or {}), changes))
        else:
            self.unchanged += 1
        return bool(changes)

    def require_clean(self, seen: str | None = None) -> None:
        """Raises Conflict when the world moved between looking and writing, and the table no longer fits it, or would
        do other things than it was ``seen`` to (its fingerprint then; None takes whatever it does). One that was
        written a moment ago does nothing more, and nobody minds."""
        if self.errors:
            raise Conflict("imports.moved_on", field="file", count=len(self.errors))
        if not self.writes_nothing and seen not in (None, self.fingerprint):
            raise Conflict("imports.seen_other", field="file")


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[CellChange, ...]:
    """By label, in the order of ``new``."""
    return tuple(
        CellChange(label, old.get(label, ""), text)
        for label, text in new.items()
        if old.get(label, "") != text
    )


def _masked(changes: Iterable[CellChange], masks: Masks) -> tuple[CellChange, ...]:
    shown = []
    for change in changes:
        mask = masks.get(change.label, str)
        old, new = mask(change.old), mask(change.new)
        shown.append(CellChange(change.label, old, f"{new}（遮住的几位不同）" if old == new else new))
    return tuple(shown)


def audit_detail(changes: Iterable[CellChange]) -> dict[str, str]:
    """Changes as the audit keeps them."""
    return {change.label: f"{change.old or '空'} → {change.new or '空'}" for change in changes}
