"""A phone with the secret of a second factor on it."""

from sqlalchemy import select

from marketplace.accounts import second_factor
from marketplace.accounts.models import SecondFactor
from marketplace.accounts.one_time_codes import code_of, step_at
from marketplace.kernel import clock
from marketplace.kernel.db import db


def code_for(user_id: int, steps_ahead: int = 0) -> str:
    """What the app shows now, or some steps of 30 seconds later."""
    secret = db.session.scalars(select(SecondFactor.secret).where(SecondFactor.user_id == user_id)).one()
    return code_of(secret, step_at(clock.now()) + steps_ahead)


def set_up(user_id: int, password: str) -> list[str]:
    """A second factor in force; gives the recovery codes. The code of one step ago is used up."""
    second_factor.begin(user_id, password)
    return second_factor.confirm(user_id, code_for(user_id, -1))
