"""Reading arrangements. A withdrawn one counts for nothing and is only on the register."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, select

from marketplace.kernel.db import db
from marketplace.pairing.models import PairingArrangement, PairingTarget
from marketplace.pairing.rules import PairingKind
from marketplace.parties.models import PartnerUnit


@dataclass(frozen=True, slots=True)
class ArrangementRow:
    """In force from ``starts_on`` to ``ends_on``, both included; ``targets`` is fen by year."""

    id: int
    unit_id: int
    unit_name: str
    village_code: str
    household_id: int | None
    kind: PairingKind
    starts_on: date
    ends_on: date | None
    targets: dict[int, int] = field(default_factory=dict)

    def in_force_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


_COLUMNS = (
    PairingArrangement.id,
    PairingArrangement.unit_id,
    PartnerUnit.name,
    PairingArrangement.village_code,
    PairingArrangement.household_id,
    PairingArrangement.kind,
    PairingArrangement.starts_on,
    PairingArrangement.ends_on,
)


def targets_of(arrangement_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Targets by arrangement and year, fen; one query."""
    found: dict[int, dict[int, int]] = {arrangement_id: {} for arrangement_id in arrangement_ids}
    if found:
        rows = db.session.execute(
            select(PairingTarget.arrangement_id, PairingTarget.year, PairingTarget.target_fen)
            .where(PairingTarget.arrangement_id.in_(found))
            .order_by(PairingTarget.year)
        )
        for arrangement_id, year, fen in rows:
            found[arrangement_id][year] = fen
    return found


def _counting(*criteria: ColumnElement[bool]) -> list[ArrangementRow]:
    """Arrangements that count, the earliest first. Two queries."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .join(PartnerUnit, PartnerUnit.id == PairingArrangement.unit_id)
        .where(PairingArrangement.withdrawn_at.is_(None), *criteria)
        .order_by(PairingArrangement.starts_on, PairingArrangement.id)
    ).all()
    targets = targets_of([row[0] for row in rows])
    return [ArrangementRow(*row, targets=targets[row[0]]) for row in rows]


def overlapping(since: date, until: date | None) -> list[ColumnElement[bool]]:
    """Criteria for "in force on at least one of these days"; ``until`` None: without end."""
    criteria: list[ColumnElement[bool]] = [
        PairingArrangement.ends_on.is_(None) | (PairingArrangement.ends_on >= since)
    ]
    if until is not None:
        criteria.append(PairingArrangement.starts_on <= until)
    return criteria


def arrangements_of_unit(unit_id: int, on: date | None) -> list[ArrangementRow]:
    """A unit's arrangements in force on a day; None: all it ever had that were not withdrawn."""
    day = overlapping(on, on) if on else []
    return _counting(PairingArrangement.unit_id == unit_id, *day)


def arrangements_of_village(code: str, on: date | None) -> list[ArrangementRow]:
    """Who supports this village or a household in it, on a day or (None) at any time."""
    day = overlapping(on, on) if on else []
    return _counting(PairingArrangement.village_code == code, *day)


def arrangements_in_force(unit_ids: Collection[int], since: date, until: date) -> list[ArrangementRow]:
    """Arrangements of these units in force on at least one day of a period, both days included."""
    return _counting(PairingArrangement.unit_id.in_(unit_ids), *overlapping(since, until)) if unit_ids else []
