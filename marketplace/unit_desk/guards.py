"""For which unit the person acts. Somebody may belong to several (an office and its union): the session remembers the
one chosen, and only a membership in force counts."""

from flask import g, session

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Permission
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.parties import unit_queries
from marketplace.parties.unit_queries import UnitRow
from marketplace.parties.workflow import UnitState

CHOSEN = "unit_id"
#: a suspended unit still reads its papers; what it may not do, the commands refuse
OPEN = frozenset({UnitState.ADMITTED, UnitState.SUSPENDED})


def chosen_unit_id() -> int:
    """The unit this person works for at present, admitted or not; raises NotFound for somebody without any."""
    mine = require_actor().unit_ids
    if not mine:
        raise NotFound
    chosen = session.get(CHOSEN)
    return chosen if chosen in mine else mine[0]


def chosen_unit() -> UnitRow:
    """``chosen_unit_id`` with its facts, read once a request."""
    unit_id = chosen_unit_id()
    known: UnitRow | None = g.get("desk_unit")
    if known is None or known.id != unit_id:
        g.desk_unit = known = unit_queries.get_unit(unit_id)
    return known


def current_unit_id() -> int:
    """The unit whose desk is open: raises Conflict while it waits for admission, NotFound without any."""
    unit = chosen_unit()
    if unit.state not in OPEN:
        raise Conflict("units.not_admitted")
    return unit.id


def managed_unit_id() -> int:
    """``current_unit_id`` for its managers; to other members the page does not exist (NotFound)."""
    unit_id = current_unit_id()
    if not may(Permission.UNIT_MANAGER, unit_id):
        raise NotFound
    return unit_id


def choose_unit(unit_id: int) -> None:
    """Work for another of one's units from now on; raises NotFound for a foreign one."""
    if unit_id not in require_actor().unit_ids:
        raise NotFound
    session[CHOSEN] = unit_id


def may(permission: Permission, unit_id: int) -> bool:
    """Whether the person holds one of the unit permissions in this unit, not only in another one."""
    return unit_id in require_actor().unit_ids_with(permission)


def roles_in(unit_id: int) -> list[Role]:
    """The person's roles in this unit, as the domain orders them."""
    held = {
        grant.role
        for grant in require_actor().grants
        if grant.scope_kind is ScopeKind.UNIT and grant.scope_id == str(unit_id)
    }
    return [role for role in Role if role in held]
