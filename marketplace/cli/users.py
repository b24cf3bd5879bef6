"""``flask users``: accounts and roles from the operator's command line. Passwords are asked for, never arguments."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.accounts import operators
from marketplace.accounts.administration import SCOPE_OF
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.operators import Scope
from marketplace.accounts.queries import grants_of, users_page
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import error_text
from marketplace.kernel.settings import DEMO_PASSWORD
from marketplace.outlets.queries import get_outlet
from marketplace.parties.household_queries import find_household_by_code
from marketplace.parties.queries import find_supplier_by_uscc
from marketplace.parties.unit_queries import get_unit
from marketplace.regions.queries import find_region

P = ParamSpec("P")
R = TypeVar("R")

group = AppGroup("users", help="Accounts and their roles. Every change is on the record, with its reason.")

_ROLE = click.Choice([role.value for role in Role])
_reason = click.option("--reason", required=True, help="Why; it stays on the record.")


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say what the shop says to people, instead of a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except DomainError as error:
            raise click.ClickException(error_text(error)) from error

    return run


def _scope_of(role: Role, text: str) -> Scope:
    """A role's scope by what people call it: a region's code, a supplier's licence number, a household's code, the id
    of a unit or an outlet, nothing for the platform."""
    kind = SCOPE_OF[role]
    if (kind is ScopeKind.PLATFORM) is bool(text):
        raise click.UsageError(
            f"{role.value} holds for the whole platform: give no scope"
            if text
            else f"{role.value} holds within a {kind.value}: say which"
        )
    return Scope(kind, _FINDERS[kind](text))


def _found(found: int | None) -> str:
    if found is None:
        raise NotFound
    return str(found)


def _region(code: str) -> str:
    if find_region(code) is None:
        raise NotFound
    return code


def _by_id(get: Callable[[int], object]) -> Callable[[str], str]:
    def find(text: str) -> str:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise NotFound
        get(int(text))
        return text

    return find


_FINDERS: dict[ScopeKind, Callable[[str], str]] = {
    ScopeKind.PLATFORM: lambda _text: "",
    ScopeKind.REGION: _region,
    ScopeKind.SUPPLIER: lambda text: _found(find_supplier_by_uscc(text)),
    ScopeKind.HOUSEHOLD: lambda text: _found(find_household_by_code(text)),
    ScopeKind.UNIT: _by_id(get_unit),
    ScopeKind.OUTLET: _by_id(get_outlet),
}


def _refused() -> frozenset[str]:
    return frozenset() if current_app.extensions["settings"].is_demo else frozenset({DEMO_PASSWORD})


def _ask_password() -> str:
    password: str = click.prompt("密码", hide_input=True, confirmation_prompt="再输一遍")
    return password


@group.command("create")
@click.argument("username")
@click.option("--name", default="", help="What they are called on screen.")
@click.option("--role", type=_ROLE, help="A first role, such as admin.")
@click.option("--scope", default="", help="Where the role holds; see grant.")
@_reason
@_told
def create(username: str, name: str, role: str | None, scope: str, reason: str) -> None:
    """A new account; its password is asked for. The first admin of a new shop comes this way."""
    grants = [(Role(role), _scope_of(Role(role), scope))] if role else []
    user_id = operators.create_account(username, name, _ask_password(), grants, reason, _refused())
    click.echo(f"已建账号 {username}（{user_id}）" + (f"，角色：{Role(role).label}" if role else ""))


@group.command("list")
@click.option("--role", type=_ROLE)
@click.option("--find", "text", default="", help="A part of the user name or of what they are called.")
@click.option("--page", default=1, show_default=True)
def list_users(role: str | None, text: str, page: int) -> None:
    """Accounts, newest first, with their roles; names and mobile numbers stay where they are."""
    found = users_page(page=page, text=text, role=Role(role) if role else None)
    grants = grants_of({row.id for row in found.items})
    for row in found.items:
        roles = "，".join(f"{g.role.value}{f'@{g.scope_id}' if g.scope_id else ''}" for g in grants[row.id])
        state = "" if row.is_enabled else "  已停用"
        click.echo(f"{row.id:>7}  {row.username or '（手机号注册）':24}{roles or '-'}{state}")
    click.echo(f"第 {page} 页，共 {found.total} 个账号")


@group.command("grant")
@click.argument("username")
@click.argument("role", type=_ROLE)
@click.argument("scope", default="")
@_reason
@_told
def grant(username: str, role: str, scope: str, reason: str) -> None:
    """Give a role. SCOPE: a region's code, a supplier's licence number, a household's code, the id of a unit or outlet;
    nothing for admin, finance and auditor."""
    user_id = operators.find_account(username)
    operators.grant(user_id, Role(role), _scope_of(Role(role), scope), reason)
    click.echo(f"{username}：已给“{Role(role).label}”")


@group.command("revoke")
@click.argument("username")
@click.argument("role", type=_ROLE)
@click.argument("scope", default="")
@_reason
@_told
def revoke(username: str, role: str, scope: str, reason: str) -> None:
    """Take a role away."""
    user_id = operators.find_account(username)
    operators.revoke(user_id, Role(role), _scope_of(Role(role), scope), reason)
    click.echo(f"{username}：已收回“{Role(role).label}”")


@group.command("disable")
@click.argument("username")
@_reason
@_told
def disable(username: str, reason: str) -> None:
    """Nobody signs in to it any more; its sessions end."""
    operators.set_enabled(operators.find_account(username), enabled=False, reason=reason)
    click.echo(f"{username}：已停用")


@group.command("enable")
@click.argument("username")
@_reason
@_told
def enable(username: str, reason: str) -> None:
    """Let them sign in again."""
    operators.set_enabled(operators.find_account(username), enabled=True, reason=reason)
    click.echo(f"{username}：已启用")


@group.command("reset-factor")
@click.argument("username")
@_reason
@_told
def reset_factor(username: str, reason: str) -> None:
    """Take away the second factor of somebody who lost it. Their sessions end."""
    operators.reset_factor(operators.find_account(username), reason)
    click.echo(f"{username}：两步验证已重置，原来的登录都已失效")


@group.command("password")
@click.argument("username")
@_reason
@_told
def password(username: str, reason: str) -> None:
    """Set a new password; it is asked for. Their sessions end."""
    user_id = operators.find_account(username)
    operators.set_password(user_id, _ask_password(), reason, _refused())
    click.echo(f"{username}：密码已换，原来的登录都已失效")
