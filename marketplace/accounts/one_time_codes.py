"""One-time codes from a shared secret and the time, and codes to recover with. Pure.

RFC 6238 over RFC 4226: SHA-1, six digits, steps of 30 seconds, which is what every authenticator app takes.
"""

import base64
import hmac
import secrets
from datetime import datetime
from hashlib import sha1
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
#: A clock may be one step off either way (RFC 6238, 5.2).
DRIFT_STEPS = 1
RECOVERY_CODES = 10
#: no 0 O 1 I L: these are copied by hand
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_HALF = 5


def new_secret() -> str:
    """160 random bits in base32 (RFC 4226, 4, R6)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def code_of(secret: str, step: int) -> str:
    """The code of one step (RFC 4226, 5.3)."""
    # SHA-1 is what the RFC and the apps have; its collisions do not touch HMAC.
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, moment: datetime, last_step: int) -> int | None:
    """The step whose code this is, about now and after ``last_step``; None: wrong, too old, or used already."""
    now = step_at(moment)
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):  # all of them, whichever matches: same time
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()) and step > last_step:
            found = step
    return found


def setup_uri(secret: str, issuer: str, account: str) -> str:
    """What an authenticator app reads from the QR code (Google's Key URI format)."""
    label = f"{quote(issuer)}:{quote(account)}"
    asked = {"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


def in_groups(secret: str) -> str:
    """To be typed where no camera is."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Ten of some 49 bits each, such as ``7KQ2M-XW9AB``."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_HALF)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]


def plain_code(typed: str) -> str:
    """A code as it is compared: without spaces and dashes, in capitals."""
    return "".join(each for each in typed.upper() if each.isascii() and each.isalnum())


def is_one_time(code: str) -> bool:
    return len(code) == DIGITS and code.isdigit()
