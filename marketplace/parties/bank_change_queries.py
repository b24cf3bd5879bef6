"""Reading changes of bank accounts: what is open, what was decided. The new account is shown in clear to its askers and
to who decides; everywhere else masked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.parties.models import BankChange
from marketplace.parties.rules import mask_account
from marketplace.parties.workflow import BankChangeState

SHOWN = 50


@dataclass(frozen=True, slots=True)
class BankChangeFacts:
    """Exactly one of ``supplier_id`` and ``household_id`` is set. ``account`` is in clear."""

    id: int
    supplier_id: int | None
    household_id: int | None
    state: BankChangeState
    bank_name: str
    account_name: str
    account: str = field(repr=False)
    proof_id: int | None
    asked_by: int
    asked_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    reason: str

    @property
    def masked_account(self) -> str:
        return mask_account(self.account)

    @property
    def is_open(self) -> bool:
        return self.state is BankChangeState.ASKED


_COLUMNS = columns_of(BankChange, BankChangeFacts)


def _facts(row: Sequence[Any]) -> BankChangeFacts:
    return BankChangeFacts(*row)


def _where(*criteria: ColumnElement[bool]) -> list[BankChangeFacts]:
    """Newest first, a page of them."""
    rows = db.session.execute(select(*_COLUMNS).where(*criteria).order_by(BankChange.id.desc()).limit(SHOWN))
    return [_facts(row) for row in rows]


def _subject(supplier_id: int | None, household_id: int | None) -> ColumnElement[bool]:
    if household_id is not None:
        return BankChange.household_id == household_id
    return BankChange.supplier_id == supplier_id


def open_change_of(
    *, supplier_id: int | None = None, household_id: int | None = None
) -> BankChangeFacts | None:
    """The change that waits for an answer, if any; name one of the two."""
    found = _where(_subject(supplier_id, household_id), BankChange.state == BankChangeState.ASKED)
    return found[0] if found else None


def changes_of(*, supplier_id: int | None = None, household_id: int | None = None) -> list[BankChangeFacts]:
    """The changes of a supplier or a household, newest first; name one of the two."""
    return _where(_subject(supplier_id, household_id))


def changes_of_households(household_ids: Collection[int]) -> dict[int, list[BankChangeFacts]]:
    """The changes of each household, newest first. One query."""
    found: dict[int, list[BankChangeFacts]] = {household_id: [] for household_id in household_ids}
    for change in _where(BankChange.household_id.in_(found)):
        if change.household_id is not None:
            found[change.household_id].append(change)
    return found


def get_change(change_id: int) -> BankChangeFacts:
    """Raises NotFound. Who may see it is said by ``supplier_id`` or ``household_id``."""
    found = _where(BankChange.id == change_id)
    if not found:
        raise NotFound
    return found[0]


def open_supplier_changes() -> list[BankChangeFacts]:
    """What waits for the admins."""
    return _where(BankChange.state == BankChangeState.ASKED, BankChange.supplier_id.is_not(None))
