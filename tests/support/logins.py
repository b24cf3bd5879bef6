"""Signing in without a page: the commands of one, and a token that asks for nobody's password."""

from marketplace.accounts import tokens
from marketplace.accounts.commands import LoginTry, authenticate, record_login
from marketplace.accounts.tokens import IssuedToken


def log_in(login: LoginTry) -> tuple[int, str]:
    """(user id, device token to keep in the browser), of somebody without a second factor."""
    proven = authenticate(login)
    assert not proven.needs_code
    return proven.user_id, record_login(proven, login)


def issue_token(user_id: int) -> IssuedToken:
    return tokens._issue(user_id, [])
