"""The members of a unit: everybody sees who they are, its managers invite, change and end roles."""

from flask import current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import invitations
from marketplace.accounts.forms import EndMembershipForm
from marketplace.accounts.invitations import MemberRow
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Permission
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.settings import Settings
from marketplace.parties.unit_queries import members_of_unit
from marketplace.presentation import qr_code
from marketplace.unit_desk.guards import current_unit_id, managed_unit_id, may
from marketplace.unit_desk.members.forms import ROLE_NOTES, InviteMemberForm, RoleForm
from marketplace.unit_desk.nav import render_desk

UNIT = ScopeKind.UNIT


def index() -> ResponseReturnValue:
    unit_id = current_unit_id()
    manages = may(Permission.UNIT_MANAGER, unit_id)
    waiting = invitations.open_invitations(UNIT, unit_id) if manages else []
    return render_desk(
        "unit_desk/members/index.html",
        members=members_of_unit(unit_id),
        waiting=waiting,
        names=display_names({each.invited_by for each in waiting}),
        manages=manages,
        me=require_actor().user_id,
    )


def invite() -> ResponseReturnValue:
    unit_id = managed_unit_id()
    form = InviteMemberForm()
    if form.validate_on_submit():
        role = Role(str(form.role.data))
        with errors_at(form, only_fields=True):
            _, secret = invitations.invite(require_actor(), UNIT, unit_id, role, form.invitee.data or "")
            return _shown_once(secret, role, form.invitee.data or "")
    page = render_desk("unit_desk/members/invite.html", form=form, notes=ROLE_NOTES)
    return page, status_of(form)


def _shown_once(secret: str, role: Role, invitee: str) -> ResponseReturnValue:
    """The link is answered to the POST itself: nothing that could be opened again knows the secret."""
    settings: Settings = current_app.extensions["settings"]
    link = settings.public_url.rstrip("/") + url_for("invitations.show", token=secret)
    return render_desk(
        "unit_desk/members/invited.html",
        link=link,
        code=qr_code(link),
        role=role,
        invitee=invitee,
        days=invitations.INVITATION_DAYS.get(),
    )


def withdraw(invitation_id: int) -> ResponseReturnValue:
    invitations.withdraw_invitation(require_actor(), UNIT, current_unit_id(), invitation_id)
    flash("邀请撤回了，那个链接不能再用。", "success")
    return redirect(url_for("unit.members"))


def _member(assignment_id: int) -> MemberRow:
    """A role in this unit, for its managers; raises NotFound."""
    found = [member for member in members_of_unit(managed_unit_id()) if member.assignment_id == assignment_id]
    if not found:
        raise NotFound
    return found[0]


def member(assignment_id: int) -> ResponseReturnValue:
    found = _member(assignment_id)
    return _member_page(found, RoleForm(role=found.role.value), EndMembershipForm(formdata=None)), 200


def _member_page(found: MemberRow, role_form: RoleForm, end_form: EndMembershipForm) -> str:
    return render_desk(
        "unit_desk/members/member.html",
        member=found,
        role_form=role_form,
        end_form=end_form,
        is_me=found.user_id == require_actor().user_id,
    )


def change(assignment_id: int) -> ResponseReturnValue:
    found = _member(assignment_id)
    form = RoleForm()
    if form.validate_on_submit():
        with errors_at(form):
            invitations.change_membership(
                require_actor(), UNIT, current_unit_id(), assignment_id, Role(str(form.role.data))
            )
            flash(f"{found.display_name} 的角色改好了，要重新登录才生效。", "success")
            return redirect(url_for("unit.members"))
    return _member_page(found, form, EndMembershipForm(formdata=None)), 422


def end(assignment_id: int) -> ResponseReturnValue:
    found = _member(assignment_id)
    form = EndMembershipForm()
    if form.validate_on_submit():
        with errors_at(form):
            invitations.end_membership(
                require_actor(), UNIT, current_unit_id(), assignment_id, form.reason.data or ""
            )
            flash(f"{found.display_name} 不再是{found.role.label}，登录已失效。", "success")
            return redirect(url_for("unit.members"))
    return _member_page(found, RoleForm(formdata=None, role=found.role.value), form), 422
