"""The page behind an invitation's link: who invites to what, and one button. Open to whoever holds the link."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import invitations
from marketplace.accounts.invitations import InvitationRow
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import current_actor, require_actor, start_session
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import error_text

#: Extension key of a function that says what a scope is called; the composition root knows units and suppliers.
SCOPES = "accounts.invitation_scopes"
#: what a role lets one do, in the words of the page that asks whether to take it
ROLE_WORDS = {
    Role.UNIT_MANAGER: "邀请和管理本单位的人，填年度计划，也能采购",
    Role.UNIT_BUYER: "替单位选货、填采购单、验收",
    Role.UNIT_APPROVER: "审批别人填的采购单",
    Role.UNIT_FINANCE: "办对公付款、传付款凭证",
    Role.SUPPLIER_STAFF: "替供应商上架、收货、发货、答复售后",
}


@dataclass(frozen=True)
class InvitedScope:
    """``desk`` is the endpoint the person arrives at, ``session_key`` where that desk remembers which one."""

    name: str
    desk: str
    session_key: str


def _scope(found: InvitationRow) -> InvitedScope:
    name_it: Callable[[ScopeKind, int], InvitedScope] = current_app.extensions[SCOPES]
    return name_it(found.scope_kind, int(found.scope_id))


def _problem(found: InvitationRow) -> str:
    """Why the link can't be used any more by whoever looks at it, or ""."""
    actor = current_actor()
    try:
        if actor is None:
            invitations.check_open(found)
        else:
            invitations.check_acceptable(actor, found)
    except Conflict as error:
        return error_text(error)
    return ""


def show(token: str) -> ResponseReturnValue:
    found = invitations.find_invitation(token)
    return render_template(
        "accounts/invitation.html",
        token=token,
        found=found,
        scope=_scope(found),
        inviter=display_names({found.invited_by}).get(found.invited_by, ""),
        words=ROLE_WORDS.get(found.role, ""),
        problem=_problem(found),
        signed_in=current_actor() is not None,
    )


def accept(token: str) -> ResponseReturnValue:
    actor = require_actor()
    found = invitations.accept_invitation(actor, token)
    scope = _scope(found)
    start_session(actor.user_id)
    session[scope.session_key] = int(found.scope_id)
    flash(f"您现在是 {scope.name} 的{found.role.label}了。", "success")
    return redirect(url_for(scope.desk))
