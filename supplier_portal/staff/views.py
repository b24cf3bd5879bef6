"""The people of a supplier: everybody in it sees them, its owners invite staff, change roles and end them."""

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import invitations
from marketplace.accounts.forms import EndMembershipForm, InviteForm
from marketplace.accounts.invitations import MemberRow
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.settings import Settings
from marketplace.parties.workflow import SupplierState
from marketplace.presentation import qr_code
from supplier_portal.guards import current_supplier, current_supplier_id, owns
from supplier_portal.nav import render_desk

SUPPLIER = ScopeKind.SUPPLIER


def _owned_supplier_id() -> int:
    """The supplier worked for, when the person is its owner; raises NotFound for its staff, Conflict before it is
    admitted."""
    supplier = current_supplier()
    if not owns(supplier.id):
        raise NotFound
    if supplier.state is not SupplierState.APPROVED:
        raise Conflict("parties.staff_not_admitted")
    return supplier.id


def index() -> ResponseReturnValue:
    supplier = current_supplier()
    is_owner = owns(supplier.id)
    waiting = invitations.open_invitations(SUPPLIER, supplier.id) if is_owner else []
    expired = invitations.expired_invitations(SUPPLIER, supplier.id) if is_owner else []
    return render_desk(
        "supplier_portal/staff/index.html",
        members=invitations.members_in(SUPPLIER, supplier.id),
        waiting=waiting,
        expired=expired,
        names=display_names({each.invited_by for each in [*waiting, *expired]}),
        is_owner=is_owner,
        can_invite=is_owner and supplier.state is SupplierState.APPROVED,
        me=require_actor().user_id,
    )


def invite() -> ResponseReturnValue:
    supplier_id = _owned_supplier_id()
    form = InviteForm(data={"invitee": request.args.get("invitee", "")[: invitations.INVITEE_MAX]})
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            _, secret = invitations.invite(
                require_actor(), SUPPLIER, supplier_id, Role.SUPPLIER_STAFF, form.invitee.data or ""
            )
            return _shown_once(secret, form.invitee.data or "")
    page = render_desk("supplier_portal/staff/invite.html", form=form)
    return page, status_of(form)


def _shown_once(secret: str, invitee: str) -> ResponseReturnValue:
    settings: Settings = current_app.extensions["settings"]
    link = settings.public_url.rstrip("/") + url_for("invitations.show", token=secret)
    return render_desk(
        "supplier_portal/staff/invited.html",
        link=link,
        code=qr_code(link),
        role=Role.SUPPLIER_STAFF,
        invitee=invitee,
        days=invitations.INVITATION_DAYS.get(),
    )


def withdraw(invitation_id: int) -> ResponseReturnValue:
    invitations.withdraw_invitation(require_actor(), SUPPLIER, current_supplier_id(), invitation_id)
    flash("邀请撤回了，那个链接不能再用。", "success")
    return redirect(url_for("supplier.staff"))


def _member(assignment_id: int) -> MemberRow:
    """Somebody of this supplier, for an owner; raises NotFound."""
    supplier_id = current_supplier_id()
    if not owns(supplier_id):
        raise NotFound
    for member in invitations.members_in(SUPPLIER, supplier_id):
        if member.assignment_id == assignment_id:
            return member
    raise NotFound


def role(assignment_id: int) -> ResponseReturnValue:
    """Owner instead of staff, or the other way round."""
    found = _member(assignment_id)
    other = Role.SUPPLIER_STAFF if found.role is Role.SUPPLIER_OWNER else Role.SUPPLIER_OWNER
    invitations.change_membership(require_actor(), SUPPLIER, current_supplier_id(), assignment_id, other)
    flash(f"{found.display_name} 现在是{other.label}，要重新登录。", "success")
    return redirect(url_for("supplier.staff"))


def end(assignment_id: int) -> ResponseReturnValue:
    found = _member(assignment_id)
    form = EndMembershipForm()
    if form.validate_on_submit():
        with errors_at(form):
            invitations.end_membership(
                require_actor(), SUPPLIER, current_supplier_id(), assignment_id, form.reason.data or ""
            )
            flash(f"{found.display_name} 不再是{found.role.label}，登录已失效。", "success")
            return redirect(url_for("supplier.staff"))
    page = render_desk("supplier_portal/staff/end.html", form=form, member=found)
    return page, status_of(form)
