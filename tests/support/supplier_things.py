"""Objects of admission for the access walk: accounts to be changed, pilots whose household is to be confirmed."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.parties.models import BankChange, PilotHousehold, Supplier
from tests.support.access_rules import Thing


def bank_changes() -> Iterator[Thing]:
    """A household's has another address and another judge; under this one it does not exist."""
    for row in db.session.scalars(select(BankChange)):
        yield Thing({"change_id": row.id}, supplier=row.supplier_id, ours=row.supplier_id is not None)


def waiting_pilots() -> Iterator[Thing]:
    query = select(Supplier).join(PilotHousehold, PilotHousehold.supplier_id == Supplier.id)
    for row in db.session.scalars(query):
        yield Thing({"supplier_id": row.id, "action": "refuse"}, region=row.village_code)
