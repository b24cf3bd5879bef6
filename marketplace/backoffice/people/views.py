"""Users: search, one user with roles, giving and taking them, disabling and enabling."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import administration
from marketplace.accounts import queries as accounts
from marketplace.accounts.administration import SCOPE_OF
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import GrantRow
from marketplace.accounts.second_factor import own_factor
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.people.forms import ReasonForm, RoleForm
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import asked_text, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.outlets.queries import find_outlet_by_code, outlets_by_ids, outlets_within
from marketplace.parties.household_queries import find_household_by_code, household_cards
from marketplace.parties.queries import find_supplier_by_uscc, supplier_names
from marketplace.parties.unit_queries import admitted_units, unit_names
from marketplace.regions.forms import only_next_level
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import full_names_of, get_region


def index() -> ResponseReturnValue:
    asked, enabled = request.args.get("role", ""), request.args.get("enabled", "")
    page = accounts.users_page(
        page=page_number(request.args.get("page")),
        text=asked_text(),
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
    """What each grant is held within, in words; one query for each kind of scope there is."""
    by_kind = {kind: {g.scope_id for g in grants if g.scope_kind is kind} for kind in ScopeKind}

    def ids(kind: ScopeKind) -> set[int]:
        return {int(each) for each in by_kind[kind]}

    names: dict[ScopeKind, Mapping[Any, str]] = {
        ScopeKind.REGION: full_names_of(by_kind[ScopeKind.REGION]),
        ScopeKind.SUPPLIER: supplier_names(ids(ScopeKind.SUPPLIER)),
        ScopeKind.HOUSEHOLD: {
            number: card.code for number, card in household_cards(ids(ScopeKind.HOUSEHOLD)).items()
        },
        ScopeKind.UNIT: unit_names(ids(ScopeKind.UNIT)),
        ScopeKind.OUTLET: {
            number: f"{row.name}（{row.code}）"
            for number, row in outlets_by_ids(ids(ScopeKind.OUTLET)).items()
        },
    }
    found = {}
    for grant in grants:
        if grant.scope_kind is ScopeKind.PLATFORM:
            found[grant.id] = "全平台"
        else:
            key = grant.scope_id if grant.scope_kind is ScopeKind.REGION else int(grant.scope_id)
            found[grant.id] = names[grant.scope_kind].get(key, "")
    return found


def show(user_id: int) -> ResponseReturnValue:
    return _page(user_id), 200


#: what the scope of a role is chosen by: the field's label and how to fill it
PICKS = {
    ScopeKind.SUPPLIER: ("哪家供应商", "填统一社会信用代码；示范户没有执照，填它的编号"),
    ScopeKind.HOUSEHOLD: ("哪一户", "填户编号，例如 HH-610124103219-01"),
    ScopeKind.UNIT: ("哪家单位", "填统一社会信用代码，或从已入驻的单位里选"),
    ScopeKind.OUTLET: ("哪个网点", "填网点编号，或从在营的网点里选"),
}
MOST_OFFERED = 500


def _offered(kind: ScopeKind) -> list[tuple[str, str]]:
    """(what to fill in, what it is) of the scopes a list can hold."""
    if kind is ScopeKind.UNIT:
        return [(uscc, name) for _, name, uscc in admitted_units()][:MOST_OFFERED]
    if kind is ScopeKind.OUTLET:
        return [(row.code, row.name) for row in outlets_within(get_region(CITY_CODE))][:MOST_OFFERED]
    return []


def _asked_role(form: RoleForm | None) -> Role | None:
    """The role a form gives, or the one chosen to be given next."""
    asked = str(form.role.data) if form else request.args.get("give", "")
    return Role(asked) if asked in set(Role) else None


def _page(user_id: int, role_form: RoleForm | None = None, reason_form: ReasonForm | None = None) -> str:
    user = accounts.get_user(user_id)
    grants = accounts.grants_of({user_id})[user_id]
    role = _asked_role(role_form)
    kind = SCOPE_OF[role] if role else None
    return render_desk(
        "backoffice/user.html",
        user=user,
        grants=grants,
        scopes=_scope_names(grants),
        givers=accounts.display_names({g.granted_by for g in grants if g.granted_by is not None}),
        roles=[(each.value, each.label) for each in Role],
        role=role,
        kind=kind,
        pick=PICKS.get(kind) if kind else None,
        offered=_offered(kind) if kind else [],
        factor=own_factor(user_id),
        role_form=role_form or RoleForm(formdata=None, data={"role": role.value} if role else None),
        reason_form=reason_form or ReasonForm(formdata=None, prefix="account-"),
        is_self=user_id == require_actor().user_id,
    )


def _scope_id(form: RoleForm) -> str:
    """The scope the role needs, checked to exist; raises InvalidInput at its field."""
    kind = SCOPE_OF[Role(str(form.role.data))]
    if kind is ScopeKind.PLATFORM:
        return ""
    if kind is ScopeKind.REGION:
        code = form.region.data or ""
        if not code.startswith(CITY_CODE[:4]):
            raise InvalidInput("accounts.scope_region", field="region")
        return code
    found = FINDERS[kind](form.target.data or "")
    if found is None:
        raise InvalidInput(f"accounts.scope_{kind}", field="target")
    return str(found)


def _find_unit(text: str) -> int | None:
    """By code or exact name."""
    return next(
        (number for number, name, uscc in admitted_units() if text.upper() == uscc or text == name), None
    )


FINDERS: dict[ScopeKind, Callable[[str], int | None]] = {
    ScopeKind.SUPPLIER: find_supplier_by_uscc,
    ScopeKind.HOUSEHOLD: find_household_by_code,
    ScopeKind.UNIT: _find_unit,
    ScopeKind.OUTLET: find_outlet_by_code,
}


def grant(user_id: int) -> ResponseReturnValue:
    form = RoleForm()
    if only_next_level(request.form, "region"):
        return _page(user_id, role_form=form), 200
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            role = Role(str(form.role.data))
            administration.assign_role(
                require_actor(), user_id, role, _scope_id(form), form.reason.data or ""
            )
            flash(f"已给“{role.label}”，对方要重新登录。", "success")
            return redirect(url_for("backoffice.user", user_id=user_id))
    return _page(user_id, role_form=form), status_of(form)


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


def reset_factor(user_id: int) -> ResponseReturnValue:
    form = ReasonForm(prefix="account-")
    return _with_reason(
        form,
        user_id,
        lambda: administration.reset_factor(require_actor(), user_id, form.reason.data or ""),
        "两步验证已重置，对方要重新登录、重新设。",
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
        with errors_at(form, only_fields=True):
            act()
            flash(done, "success")
            return redirect(url_for("backoffice.user", user_id=user_id))
    return _page(user_id, reason_form=form), status_of(form)
