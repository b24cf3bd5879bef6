"""For which outlet the person acts. Who works several chooses one; the session remembers it, and only a grant in force
counts."""

from flask import session

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import NotFound
from marketplace.outlets.queries import OutletRow, get_outlet

CHOSEN = "outlet_id"


def current_outlet_id() -> int:
    """Raises NotFound for somebody without any outlet."""
    mine = require_actor().outlet_ids
    if not mine:
        raise NotFound
    chosen = session.get(CHOSEN)
    return chosen if chosen in mine else mine[0]


def current_outlet() -> OutletRow:
    return get_outlet(current_outlet_id())


def choose_outlet(outlet_id: int) -> None:
    """Work at another of one's outlets from now on; raises NotFound for a foreign one."""
    if outlet_id not in require_actor().outlet_ids:
        raise NotFound
    session[CHOSEN] = outlet_id
