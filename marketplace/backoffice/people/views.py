"""Users: search, one user with roles, giving and taking them, disabling and enabling."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import administration
from marketplace.accounts import queries as accounts
from marketplace.accounts.administration import SCOPE_OF
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import GrantRow
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.people.forms import ReasonForm, RoleForm
from marketplace.kernel.errors import DomainError, InvalidInput
from marketplace.kernel.forms import attach_error
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import find_household_by_code, household_cards
from marketplace.parties.queries import find_supplier_by_uscc, supplier_names
from marketplace.regions.forms import only_next_level
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import full_names_of


def index() -> ResponseReturnValue:
    asked, enabled = request.args.get("role", ""), request.args.get("enabled", "")
    page = accounts.users_page(
        page=page_number(request.args.get("page")),
        text=request.args.get("q", "").strip()[:60],
        role=Role(asked) if asked in set(Role) else None,
        enabled={"yes": True, "no": False}.get(enabled),
    )
    grants = accounts.grants_of({user.id for user in page.items})
    return render_desk(
        "backoffice/users.html",
        page=page,
        roles=[(role.value, role.label) for role in Role],
        grants=grants,
        scopes=_scope_names([grant for each in grants.values() for grant in each]),
    )


def _scope_names(grants: list[GrantRow]) -> dict[int, str]:
    """What each grant is held within, in words."""
    by_kind = {kind: {g.scope_id for g in grants if g.scope_kind is kind} for kind in ScopeKind}
    regions = full_names_of(by_kind[ScopeKind.REGION])
    suppliers = supplier_names(int(each) for each in by_kind[ScopeKind.SUPPLIER])
    households = household_cards(int(each) for each in by_kind[ScopeKind.HOUSEHOLD])
    found = {}
    for grant in grants:
        if grant.scope_kind is ScopeKind.REGION:
            found[grant.id] = regions.get(grant.scope_id, "")
        elif grant.scope_kind is ScopeKind.SUPPLIER:
            found[grant.id] = suppliers.get(int(grant.scope_id), "")
        elif grant.scope_kind is ScopeKind.HOUSEHOLD:
            card = households.get(int(grant.scope_id))
            found[grant.id] = card.code if card else ""
        else:
            found[grant.id] = "全平台"
    return found


def show(user_id: int) -> ResponseReturnValue:
    return _page(user_id), 200


def _page(user_id: int, role_form: RoleForm | None = None, reason_form: ReasonForm | None = None) -> str:
    user = accounts.get_user(user_id)
    grants = accounts.grants_of({user_id})[user_id]
    return render_desk(
        "backoffice/user.html",
        user=user,
        grants=grants,
        scopes=_scope_names(grants),
        givers=accounts.display_names({g.granted_by for g in grants if g.granted_by is not None}),
        role_form=role_form or RoleForm(formdata=None),
        reason_form=reason_form or ReasonForm(formdata=None, prefix="account-"),
        is_self=user_id == require_actor().user_id,
    )


def _scope_id(form: RoleForm) -> str:
    """The scope the role needs, checked to exist; raises InvalidInput at its field."""
    kind = SCOPE_OF[Role(str(form.role.data))]
    target = form.target.data or ""
    if kind is ScopeKind.REGION:
        code = form.region.data or ""
        if not code.startswith(CITY_CODE[:4]):
            raise InvalidInput("accounts.scope_region", field="region")
        return code
    if kind is ScopeKind.SUPPLIER:
        supplier = find_supplier_by_uscc(target)
        if supplier is None:
            raise InvalidInput("accounts.scope_supplier", field="target")
        return str(supplier)
    if kind is ScopeKind.HOUSEHOLD:
        household = find_household_by_code(target)
        if household is None:
            raise InvalidInput("accounts.scope_household", field="target")
        return str(household)
    return ""


def grant(user_id: int) -> ResponseReturnValue:
    form = RoleForm()
    if only_next_level(request.form, "region"):
        return _page(user_id, role_form=form), 200
    if form.validate_on_submit():
        try:
            role = Role(str(form.role.data))
            administration.assign_role(
                require_actor(), user_id, role, _scope_id(form), form.reason.data or ""
            )
        except DomainError as error:
            if error.field is None:
                raise
            attach_error(form, error)
        else:
            flash(f"已给“{role.label}”，对方要重新登录。", "success")
            return redirect(url_for("backoffice.user", user_id=user_id))
    return _page(user_id, role_form=form), 422


def revoke(user_id: int, assignment_id: int) -> ResponseReturnValue:
    form = ReasonForm(prefix="account-")
    return _with_reason(
        form,
        user_id,
        lambda: administration.withdraw_role(require_actor(), user_id, assignment_id, form.reason.data or ""),
        "已经收回，对方要重新登录。",
    )


def enable(user_id: int) -> ResponseReturnValue:
    form = ReasonForm(prefix="account-")
    return _with_reason(
        form,
        user_id,
        lambda: administration.set_enabled(require_actor(), user_id, True, form.reason.data or ""),
        "已经启用。",
    )


def disable(user_id: int) -> ResponseReturnValue:
    form = ReasonForm(prefix="account-")
    return _with_reason(
        form,
        user_id,
        lambda: administration.set_enabled(require_actor(), user_id, False, form.reason.data or ""),
        "已经停用，这个账号的登录都已失效。",
    )


def _with_reason(form: ReasonForm, user_id: int, act: Callable[[], None], done: str) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            act()
        except DomainError as error:
            if error.field is None:
                raise
            attach_error(form, error)
        else:
            flash(done, "success")
            return redirect(url_for("backoffice.user", user_id=user_id))
    return _page(user_id, reason_form=form), 422
