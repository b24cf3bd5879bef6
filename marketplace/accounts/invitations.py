"""Inviting people into a supplier or unit by a link: for one role, for a few days, for one person.

Only the digest of the link's secret is kept, so that whoever reads the database can't use it. Who may invite is said by
the owner's or manager's role in the scope; that the scope exists and is in good standing is the business of the room
that shows the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update

from marketplace.accounts.commands import grant_role, revoke_role
from marketplace.accounts.models import Invitation, Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.policies import Actor, Permission
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.numbering import new_token
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transactional

INVITATION_DAYS = Parameter(
    "accounts.invitation_days", 7, "day", "平台约定：邀请链接七天内有效，过期重发，丢了的链接不会一直能用"
)
#: what may be invited to, by scope, in the order pages offer it
INVITED_ROLES: dict[ScopeKind, tuple[Role, ...]] = {
    ScopeKind.UNIT: (Role.UNIT_BUYER, Role.UNIT_APPROVER, Role.UNIT_FINANCE, Role.UNIT_MANAGER),
    ScopeKind.SUPPLIER: (Role.SUPPLIER_STAFF,),
}
#: what a member's role may be changed to: nobody is invited to run a supplier by a link, but staff may be made to
GIVEN_ROLES: dict[ScopeKind, tuple[Role, ...]] = {
    ScopeKind.UNIT: INVITED_ROLES[ScopeKind.UNIT],
    ScopeKind.SUPPLIER: (Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF),
}
#: how long a link that ran out stays in sight, to be sent anew
EXPIRED_SHOWN_DAYS = 30
#: who runs a scope: invites, changes roles and ends them; there is always one
HEAD_ROLE = {ScopeKind.UNIT: Role.UNIT_MANAGER, ScopeKind.SUPPLIER: Role.SUPPLIER_OWNER}
MAX_OPEN = 50
INVITEE_MAX = 20
REASON_MIN = 4


class InvitationStatus(StrEnum):
    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        return {"open": "等对方接受", "used": "已接受", "withdrawn": "已撤回", "expired": "已过期"}[self]


@dataclass(frozen=True, slots=True)
class InvitationRow:
    id: int
    role: Role
    scope_kind: ScopeKind
    scope_id: str
    invitee: str
    invited_by: int
    invited_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def status(self) -> InvitationStatus:
        if self.accepted_at is not None:
            return InvitationStatus.USED
        if self.withdrawn_at is not None:
            return InvitationStatus.WITHDRAWN
        return InvitationStatus.EXPIRED if self.expires_at <= clock.now() else InvitationStatus.OPEN


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One role of one person in a supplier or unit; a person with two roles has two rows."""

    assignment_id: int
    user_id: int
    display_name: str
    role: Role
    granted_at: datetime
    is_enabled: bool


_ROW = columns_of(Invitation, InvitationRow)


def _digest(secret: str) -> str:
    return crypto.lookup_digest("invitation", secret)


def _row(row: Sequence[Any]) -> InvitationRow:
    return InvitationRow(*row)


def heads(actor: Actor, kind: ScopeKind, scope_id: int) -> bool:
    """Whether the person runs this supplier or unit."""
    if kind is ScopeKind.UNIT:
        return scope_id in actor.unit_ids_with(Permission.UNIT_MANAGER)
    return kind is ScopeKind.SUPPLIER and scope_id in actor.owned_supplier_ids


def _must_head(actor: Actor, kind: ScopeKind, scope_id: int) -> None:
    if not heads(actor, kind, scope_id):
        raise NotFound


def find_invitation(secret: str) -> InvitationRow:
    """The invitation behind a link, whatever became of it; raises NotFound for a secret nobody gave out."""
    row = db.session.execute(select(*_ROW).where(Invitation.token_digest == _digest(secret))).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def _invitations_where(kind: ScopeKind, scope_id: int, *criteria: ColumnElement[bool]) -> list[InvitationRow]:
    rows = db.session.execute(
        select(*_ROW)
        .where(Invitation.scope_kind == kind, Invitation.scope_id == str(scope_id), *criteria)
        .order_by(Invitation.id.desc())
    )
    return [_row(row) for row in rows]


def open_invitations(kind: ScopeKind, scope_id: int) -> list[InvitationRow]:
    """Those that can still be accepted, newest first."""
    return _invitations_where(
        kind,
        scope_id,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > clock.now(),
    )


def expired_invitations(kind: ScopeKind, scope_id: int) -> list[InvitationRow]:
    """Those nobody accepted in time, of the last weeks: whom to send a new link."""
    now = clock.now()
    return _invitations_where(
        kind,
        scope_id,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at.between(now - timedelta(days=EXPIRED_SHOWN_DAYS), now),
    )


def members_in(kind: ScopeKind, scope_id: int) -> list[MemberRow]:
    """Roles in force in a supplier or unit, its heads first, then by when they came."""
    places = [HEAD_ROLE[kind], *(role for role in INVITED_ROLES[kind] if role is not HEAD_ROLE[kind])]
    rows = db.session.execute(
        select(
            RoleAssignment.id,
            User.id,
            User.display_name,
            RoleAssignment.role,
            RoleAssignment.granted_at,
            User.is_enabled,
        )
        .join(User, User.id == RoleAssignment.user_id)
        .where(
            RoleAssignment.scope_kind == kind,
            RoleAssignment.scope_id == str(scope_id),
            RoleAssignment.role.in_(places),
            RoleAssignment.revoked_at.is_(None),
        )
        .order_by(RoleAssignment.id)
    )
    found = [MemberRow(*row) for row in rows]
    return sorted(found, key=lambda member: (places.index(member.role), member.assignment_id))


@transactional
def invite(actor: Actor, kind: ScopeKind, scope_id: int, role: Role, invitee: str) -> tuple[int, str]:
    """(id, secret of the link): the secret is told here and never again.

    Raises NotFound unless the person runs the scope, InvalidInput at ``role`` or ``invitee``, Conflict when too many
    are open.
    """
    _must_head(actor, kind, scope_id)
    if role not in INVITED_ROLES[kind]:
        raise InvalidInput("invitations.role", field="role")
    name = invitee.strip()
    if not name or len(name) > INVITEE_MAX:
        raise InvalidInput("invitations.invitee", field="invitee")
    if len(open_invitations(kind, scope_id)) >= MAX_OPEN:
        raise Conflict("invitations.too_many", field="invitee", maximum=MAX_OPEN)
    secret = new_token()
    invitation = Invitation(
        token_digest=_digest(secret),
        role=role,
        scope_kind=kind,
        scope_id=str(scope_id),
        invitee=name,
        invited_by=actor.user_id,
        invited_at=clock.now(),
        expires_at=clock.now() + timedelta(days=INVITATION_DAYS.get()),
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record(
        actor.user_id, "invitations.invite", kind, scope_id, {"invitation": invitation.id, "role": role}
    )
    return invitation.id, secret


@transactional
def withdraw_invitation(actor: Actor, kind: ScopeKind, scope_id: int, invitation_id: int) -> None:
    """Make a link useless. Raises NotFound for one of another scope, Conflict when it was used or withdrawn."""
    _must_head(actor, kind, scope_id)
    found = _invitations_where(kind, scope_id, Invitation.id == invitation_id)
    if not found:
        raise NotFound
    if found[0].status in {InvitationStatus.USED, InvitationStatus.WITHDRAWN}:
        raise Conflict(f"invitations.{found[0].status}")
    invitation = db.session.get_one(Invitation, invitation_id)
    invitation.withdrawn_at = clock.now()
    audit.record(actor.user_id, "invitations.withdraw", kind, scope_id, {"invitation": invitation_id})


def check_open(found: InvitationRow) -> None:
    """Raise Conflict when the link was used, withdrawn or ran out, or when who gave it may invite nobody any more:
    whoever was shown the door must not come back, or send a friend, by a link kept in a drawer."""
    if found.status is not InvitationStatus.OPEN:
        raise Conflict(f"invitations.{found.status}")
    if found.invited_by not in db.session.scalars(_heads(found.scope_kind, found.scope_id)).all():
        raise Conflict("invitations.inviter_left")


def _heads(kind: ScopeKind, scope_id: str) -> Select[int]:
    """Enabled people who run a scope."""
    return (
        select(RoleAssignment.user_id)
        .join(User, User.id == RoleAssignment.user_id)
        .where(
            RoleAssignment.scope_kind == kind,
            RoleAssignment.scope_id == scope_id,
            RoleAssignment.role == HEAD_ROLE[kind],
            RoleAssignment.revoked_at.is_(None),
            User.is_enabled,
        )
    )


def check_acceptable(actor: Actor, found: InvitationRow) -> None:
    """Raise Conflict with what keeps this person from accepting; nothing when they may."""
    check_open(found)
    if found.invited_by == actor.user_id:
        raise Conflict("invitations.yourself")
    held = any(
        (grant.role, grant.scope_kind, grant.scope_id) == (found.role, found.scope_kind, found.scope_id)
        for grant in actor.grants
    )
    if held:
        raise Conflict("invitations.have_role")


@transactional
def accept_invitation(actor: Actor, secret: str) -> InvitationRow:
    """Take the role the link offers, once. The person's other sessions end, as with every change of roles.

    Raises NotFound and Conflict as ``check_acceptable``; of two people who press at once one gets it.
    """
    found = find_invitation(secret)
    # whoever ends the inviter's role at this moment comes before or after
    db.session.execute(_heads(found.scope_kind, found.scope_id).with_for_update(of=RoleAssignment))
    check_acceptable(actor, found)
    taken = db.session.execute(
        update(Invitation)
        .where(Invitation.id == found.id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        .values(accepted_at=clock.now(), accepted_by=actor.user_id)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("invitations.used")
    grant_role(actor.user_id, found.role, found.scope_kind, found.scope_id, found.invited_by)
    audit.record(
        actor.user_id,
        "invitations.accept",
        found.scope_kind,
        found.scope_id,
        {"invitation": found.id, "role": found.role},
    )
    return found


def _membership(kind: ScopeKind, scope_id: int, assignment_id: int) -> RoleAssignment:
    """A role in force in exactly this scope; raises NotFound."""
    assignment = db.session.get(RoleAssignment, assignment_id)
    if (
        assignment is None
        or assignment.revoked_at is not None
        or (assignment.scope_kind, assignment.scope_id) != (kind, str(scope_id))
        or assignment.role not in {*INVITED_ROLES[kind], HEAD_ROLE[kind]}
    ):
        raise NotFound
    return assignment


def _leave_a_head(actor: Actor, kind: ScopeKind, assignment: RoleAssignment) -> None:
    """A scope keeps an enabled head, and nobody takes the own one away: a slip of the finger would lock them out."""
    if assignment.role is not HEAD_ROLE[kind]:
        return
    # two heads who end each other at once: the second waits and sees
    heads_now = set(db.session.scalars(_heads(kind, assignment.scope_id).with_for_update(of=RoleAssignment)))
    if heads_now <= {assignment.user_id}:
        raise Conflict("units.last_manager")
    if assignment.user_id == actor.user_id:
        raise Conflict("units.not_yourself")


@transactional
def end_membership(actor: Actor, kind: ScopeKind, scope_id: int, assignment_id: int, reason: str) -> None:
    """Take a role in one's supplier or unit away; the person's sessions end.

    Raises NotFound for a role elsewhere, Conflict for the last head or one's own, InvalidInput at ``reason``.
    """
    _must_head(actor, kind, scope_id)
    assignment = _membership(kind, scope_id, assignment_id)
    why = reason.strip()[:500]
    if len(why) < REASON_MIN:
        raise InvalidInput("units.reason", field="reason", minimum=REASON_MIN)
    _leave_a_head(actor, kind, assignment)
    revoke_role(assignment_id, actor.user_id, why)


@transactional
def change_membership(actor: Actor, kind: ScopeKind, scope_id: int, assignment_id: int, role: Role) -> None:
    """Another role for a member instead of this one; the person's sessions end. Nobody gives one to themselves: who
    draws up purchases would make themselves the one who approves them.

    Raises NotFound, Conflict as ``end_membership`` or when they hold it already, InvalidInput at ``role``.
    """
    _must_head(actor, kind, scope_id)
    assignment = _membership(kind, scope_id, assignment_id)
    if role not in GIVEN_ROLES[kind]:
        raise InvalidInput("invitations.role", field="role")
    held = select(RoleAssignment.id).where(
        RoleAssignment.user_id == assignment.user_id,
        RoleAssignment.role == role,
        RoleAssignment.scope_kind == kind,
        RoleAssignment.scope_id == str(scope_id),
        RoleAssignment.revoked_at.is_(None),
    )
    if db.session.scalar(held) is not None:
        raise Conflict("units.same_role", field="role")
    _leave_a_head(actor, kind, assignment)
    user_id = assignment.user_id
    if user_id == actor.user_id:
        raise Conflict("units.not_yourself")
    revoke_role(assignment_id, actor.user_id)
    grant_role(user_id, role, kind, str(scope_id), actor.user_id)
