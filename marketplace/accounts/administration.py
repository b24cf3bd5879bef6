"""What only an admin does to other people's accounts, with a reason each time, and never to the own one."""

from sqlalchemy import select

from marketplace.accounts.commands import end_all_sessions, grant_role, revoke_role
from marketplace.accounts.models import Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.second_factor import drop
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional

REASON_MIN = 4
#: what each role is held within
SCOPE_OF = {
    Role.SUPPLIER_OWNER: ScopeKind.SUPPLIER,
    Role.SUPPLIER_STAFF: ScopeKind.SUPPLIER,
    Role.HOUSEHOLD: ScopeKind.HOUSEHOLD,
    Role.UNIT_MANAGER: ScopeKind.UNIT,
    Role.UNIT_BUYER: ScopeKind.UNIT,
    Role.UNIT_APPROVER: ScopeKind.UNIT,
    Role.UNIT_FINANCE: ScopeKind.UNIT,
    Role.OUTLET_OPERATOR: ScopeKind.OUTLET,
    Role.OFFICIAL: ScopeKind.REGION,
    Role.FINANCE: ScopeKind.PLATFORM,
    Role.AUDITOR: ScopeKind.PLATFORM,
    Role.ADMIN: ScopeKind.PLATFORM,
}


def _may_administer(actor: Actor, user_id: int, reason: str) -> str:
    """The reason, when this admin may change that account; an admin who can't touch the own one can't be the last."""
    if not actor.has_role(Role.ADMIN):
        raise Forbidden
    if user_id == actor.user_id:
        raise Forbidden("accounts.not_yourself")
    if db.session.scalar(select(User.id).where(User.id == user_id)) is None:
        raise NotFound
    why = reason.strip()
    if len(why) < REASON_MIN:
        raise InvalidInput("accounts.reason", field="reason", minimum=REASON_MIN)
    return why[:500]


@transactional
def assign_role(actor: Actor, user_id: int, role: Role, scope_id: str, reason: str) -> None:
    """Give somebody a role; ``scope_id`` is a region's code, the id of a supplier, household, unit or outlet, "" for
    the platform.

    The caller has checked that the scope exists. The person's sessions end. Raises InvalidInput at ``reason``.
    """
    why = _may_administer(actor, user_id, reason)
    grant_role(user_id, role, SCOPE_OF[role], scope_id, actor.user_id, why)


@transactional
def withdraw_role(actor: Actor, user_id: int, assignment_id: int, reason: str) -> None:
    """Take a role of this person away; raises NotFound and InvalidInput at ``reason``."""
    why = _may_administer(actor, user_id, reason)
    assignment = db.session.get(RoleAssignment, assignment_id)
    if assignment is None or assignment.user_id != user_id:
        raise NotFound
    revoke_role(assignment_id, actor.user_id, why)


@transactional
def reset_factor(actor: Actor, user_id: int, reason: str) -> None:
    """Take away the second factor of somebody who lost it; their sessions end. Raises InvalidInput at ``reason`` and
    NotFound where there is none."""
    why = _may_administer(actor, user_id, reason)
    drop(user_id, actor.user_id, "accounts.factor_reset", why)


@transactional
def set_enabled(actor: Actor, user_id: int, enabled: bool, reason: str) -> None:
    """Disable or enable an account; its sessions end. Raises InvalidInput at ``reason``."""
    why = _may_administer(actor, user_id, reason)
    user = db.session.get_one(User, user_id)
    user.is_enabled = enabled
    action = "accounts.enable" if enabled else "accounts.disable"
    audit.record(actor.user_id, action, "user", user_id, reason=why)
    end_all_sessions(user_id, actor.user_id, "accounts.sessions_end")
