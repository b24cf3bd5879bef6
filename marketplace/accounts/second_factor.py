"""A second factor: setting it up, proving it, the devices that need not show it for a while, and giving it up.

Whoever has a password only gets no further than the page that asks for the code. Codes work once, a few wrong ones make
everybody wait, and a device that is known counts by itself, so that a stranger's guesses don't lock the owner out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from marketplace.accounts.commands import (
    count_failures,
    end_all_sessions,
    forgive_failures,
    record_failure,
    require_own_password,
)
from marketplace.accounts.models import KnownDevice, RecoveryCode, SecondFactor, User
from marketplace.accounts.one_time_codes import (
    is_one_time,
    matching_step,
    new_recovery_codes,
    new_secret,
    plain_code,
)
from marketplace.accounts.policies import SECOND_FACTOR_ROLES, Actor
from marketplace.accounts.rules import MAX_CODES, WINDOW
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transactional

#: A secret that waits longer for its first code is not shown any more: somebody else may have seen it.
SETUP_TIME = timedelta(minutes=30)
TRUST_DAYS = Parameter(
    "accounts.trust_days", 30, "day", "平台约定：自己常用的设备三十天内不再问验证码，也可以随时取消"
)


@dataclass(frozen=True)
class OwnFactor:
    """``secret`` is told only while it is being set up."""

    confirmed_at: datetime | None
    secret: str
    codes_left: int

    @property
    def is_on(self) -> bool:
        return self.confirmed_at is not None


@dataclass(frozen=True, slots=True)
class TrustedDevice:
    id: int
    words: str
    until: datetime


def must_have(actor: Actor) -> bool:
    """Whether one of the person's roles asks for a second factor, where the shop's settings do."""
    return actor.has_role(*SECOND_FACTOR_ROLES)


def own_factor(user_id: int) -> OwnFactor | None:
    """None where nothing was begun, or too long ago."""
    row = db.session.execute(
        select(SecondFactor.confirmed_at, SecondFactor.started_at, SecondFactor.secret).where(
            SecondFactor.user_id == user_id
        )
    ).one_or_none()
    if row is None or (row.confirmed_at is None and row.started_at < clock.now() - SETUP_TIME):
        return None
    left = db.session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    )
    return OwnFactor(row.confirmed_at, "" if row.confirmed_at else row.secret, left or 0)


def trusted_devices(user_id: int) -> list[TrustedDevice]:
    rows = db.session.execute(
        select(KnownDevice.id, KnownDevice.words, KnownDevice.trusted_until)
        .where(KnownDevice.user_id == user_id, KnownDevice.trusted_until > clock.now())
        .order_by(KnownDevice.trusted_until.desc(), KnownDevice.id.desc())
        .limit(100)
    )
    return [TrustedDevice(row.id, row.words, row.trusted_until) for row in rows if row.trusted_until]


def begin(user_id: int, password: str) -> None:
    """Make a secret to be put into the app. Raises InvalidInput at ``password``, Conflict where one is in force or
    after too many wrong passwords."""
    require_own_password(user_id, password, "password")
    _store_secret(user_id)


@transactional
def _store_secret(user_id: int) -> None:
    factor = db.session.get(SecondFactor, user_id)
    if factor is not None and factor.confirmed_at is not None:
        raise Conflict("accounts.factor_on")
    if factor is None:
        factor = SecondFactor(user_id=user_id)
        db.session.add(factor)
    factor.secret, factor.started_at, factor.last_step = new_secret(), clock.now(), 0


@transactional
def confirm(user_id: int, code: str) -> list[str]:
    """Put it in force with a first code; the other sessions end. Gives the recovery codes, told this once.

    Raises InvalidInput at ``code``, NotFound where nothing was begun, Conflict where it is in force or was begun too
    long ago.
    """
    factor = db.session.get(SecondFactor, user_id)
    if factor is None:
        raise NotFound
    if factor.confirmed_at is not None:
        raise Conflict("accounts.factor_on")
    if factor.started_at < clock.now() - SETUP_TIME:
        raise Conflict("accounts.factor_late")
    step = matching_step(factor.secret, plain_code(code), clock.now(), factor.last_step)
    if step is None:
        raise InvalidInput("accounts.code_failed", field="code")
    factor.confirmed_at, factor.last_step = clock.now(), step
    audit.record(user_id, "accounts.factor_on", "user", user_id)
    end_all_sessions(user_id, user_id, "accounts.sessions_end")
    return _store_recovery_codes(user_id)


def _recovery_digest(user_id: int, code: str) -> str:
    return crypto.lookup_digest("recovery-code", f"{user_id}:{code}")


def _store_recovery_codes(user_id: int) -> list[str]:
    codes = new_recovery_codes()
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.add_all(
        RecoveryCode(user_id=user_id, code_digest=_recovery_digest(user_id, plain_code(code)))
        for code in codes
    )
    return codes


def prove(user_id: int, typed: str, device: str | None = None) -> None:
    """Use up a code: one of the app's or a recovery code. ``device`` is the digest of a browser the account knows.

    Raises InvalidInput at ``code``, and Conflict ("accounts.wait") after too many wrong ones.
    """
    if not _try(user_id, plain_code(typed), device):
        raise InvalidInput("accounts.code_failed", field="code")


@transactional
def _try(user_id: int, code: str, device: str | None) -> bool:
    """One try after the other: tries made at once must not all be counted before the first is noted."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update())
    subject = crypto.lookup_digest("second-factor", f"{user_id}:{device or ''}")
    if count_failures(subject) >= MAX_CODES:
        raise Conflict("accounts.wait", minutes=int(WINDOW.total_seconds() // 60))
    is_right = _use_step(user_id, code) if is_one_time(code) else _use_recovery_code(user_id, code)
    if is_right:
        forgive_failures([subject])
    else:
        record_failure([subject])
    return is_right


@transactional
def _use_step(user_id: int, code: str) -> bool:
    factor = db.session.get(SecondFactor, user_id)
    if factor is None or factor.confirmed_at is None:
        return False
    step = matching_step(factor.secret, code, clock.now(), factor.last_step)
    if step is None:
        return False
    used = (
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
    )
    return db.session.scalar(used) is not None


@transactional
def _use_recovery_code(user_id: int, code: str) -> bool:
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_digest == _recovery_digest(user_id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
    )
    if db.session.scalar(used) is None:
        return False
    audit.record(user_id, "accounts.recovery_code", "user", user_id)
    return True


def renew_recovery_codes(user_id: int, code: str, device: str | None) -> list[str]:
    """New ones, told this once; the old ones are worth nothing. Raises what ``prove`` does."""
    prove(user_id, code, device)
    return _renew(user_id)


@transactional
def _renew(user_id: int) -> list[str]:
    audit.record(user_id, "accounts.recovery_renew", "user", user_id)
    return _store_recovery_codes(user_id)


def give_up(actor: Actor, code: str, device: str | None, *, required: bool) -> None:
    """Do without a second factor from now on; all sessions end. ``required``: the shop asks it of some roles.

    Raises Conflict ("accounts.factor_needed") for who holds one of them, and what ``prove`` does.
    """
    if required and must_have(actor):
        raise Conflict("accounts.factor_needed")
    prove(actor.user_id, code, device)
    drop(actor.user_id, actor.user_id, "accounts.factor_off", None)


@transactional
def drop(user_id: int, actor_id: int | None, action: str, reason: str | None) -> None:
    """Forget a person's secret and recovery codes; their sessions end, and every device asks again. Raises NotFound
    where there is none."""
    factor = db.session.get(SecondFactor, user_id)
    if factor is None:
        raise NotFound
    db.session.delete(factor)
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    audit.record(actor_id, action, "user", user_id, reason=reason)
    end_all_sessions(user_id, actor_id, "accounts.sessions_end")


@transactional
def forget_device(user_id: int, device_id: int) -> None:
    """Ask that browser for a code again. Raises NotFound for somebody else's."""
    forgotten = (
        update(KnownDevice)
        .where(
            KnownDevice.id == device_id,
            KnownDevice.user_id == user_id,
            KnownDevice.trusted_until > clock.now(),
        )
        .values(trusted_until=None)
        .returning(KnownDevice.id)
    )
    if db.session.scalar(forgotten) is None:
        raise NotFound
    audit.record(user_id, "accounts.device_forget", "user", user_id)


def trusted_until() -> datetime:
    """Until when a device trusted now need not show a code."""
    return clock.now() + timedelta(days=TRUST_DAYS.get())
