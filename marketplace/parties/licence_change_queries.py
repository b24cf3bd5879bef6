"""Reading changes of what a supplier's licence says: what waits, what was decided, what stood there before."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.parties.models import LicenceChange
from marketplace.parties.workflow import LicenceChangeState

SHOWN = 50


@dataclass(frozen=True, slots=True)
class LicenceChangeFacts:
    id: int
    supplier_id: int
    state: LicenceChangeState
    name: str
    uscc: str | None
    village_code: str
    old_name: str
    old_uscc: str | None
    old_village_code: str
    proof_id: int
    expires_on: date | None
    asked_by: int
    asked_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    reason: str

    @property
    def is_open(self) -> bool:
        return self.state is LicenceChangeState.ASKED


_COLUMNS = columns_of(LicenceChange, LicenceChangeFacts)


def _where(*criteria: ColumnElement[bool]) -> list[LicenceChangeFacts]:
    """Newest first, a page of them."""
    rows = db.session.execute(
        select(*_COLUMNS).where(*criteria).order_by(LicenceChange.id.desc()).limit(SHOWN)
    )
    return [LicenceChangeFacts(*row) for row in rows]


def licence_changes_of(supplier_id: int) -> list[LicenceChangeFacts]:
    """All of a supplier's, newest first."""
    return _where(LicenceChange.supplier_id == supplier_id)


def get_licence_change(change_id: int) -> LicenceChangeFacts:
    """Raises NotFound."""
    found = _where(LicenceChange.id == change_id)
    if not found:
        raise NotFound
    return found[0]


def open_licence_changes() -> list[LicenceChangeFacts]:
    """What waits for the admins."""
    return _where(LicenceChange.state == LicenceChangeState.ASKED)
