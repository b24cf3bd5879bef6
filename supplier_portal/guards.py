"""For which supplier the person acts. Somebody may belong to several (a cooperative and a pilot household): the session
remembers the one chosen, and only a membership in force counts."""

from flask import session

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import NotFound
from marketplace.parties import queries
from marketplace.parties.queries import SupplierFacts

CHOSEN = "supplier_id"


def current_supplier_id() -> int:
    """The supplier this person works for at present; raises NotFound for somebody without any."""
    mine = require_actor().supplier_ids
    if not mine:
        raise NotFound
    chosen = session.get(CHOSEN)
    return chosen if chosen in mine else mine[0]


def current_supplier() -> SupplierFacts:
    return queries.get_supplier(current_supplier_id())


def choose_supplier(supplier_id: int) -> None:
    """Work for another of one's suppliers from now on; raises NotFound for a foreign one."""
    if supplier_id not in require_actor().supplier_ids:
        raise NotFound
    session[CHOSEN] = supplier_id


def owns(supplier_id: int) -> bool:
    """Whether the person is an owner, not only staff."""
    return supplier_id in require_actor().owned_supplier_ids
