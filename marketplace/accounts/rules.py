"""What a user name and a password must be, and when logging in has to wait. Pure."""

import re
from datetime import timedelta

from marketplace.kernel.errors import InvalidInput

_USERNAME = re.compile(r"(?a:[a-z][a-z0-9_-]{2,29})")
PASSWORD_MIN = 8
PASSWORD_MAX = 128
#: Failures within this window count.
WINDOW = timedelta(minutes=15)
MAX_PER_NAME = 8
MAX_PER_DEVICE = 20
MAX_PER_ADDRESS = 60
#: Wrong codes of a second factor: three of a million are right at a time.
MAX_CODES = 5
_COMMON = frozenset(
    {"12345678", "123456789", "1234567890", "password", "11111111", "00000000", "88888888", "qwertyui"}
)


def check_username(username: str) -> str:
    """The name in lower case; raises InvalidInput unless 3–30 letters, digits, ``-`` or ``_``, a letter first."""
    name = username.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise InvalidInput("accounts.username", field="identifier")
    return name


def check_password(password: str, refused: frozenset[str] = frozenset()) -> None:
    """Raise InvalidInput for a password that is too short, too long or on everyone's list (NIST 800-63B 5.1.1.2)."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise InvalidInput("accounts.password_length", field="password", minimum=PASSWORD_MIN)
    if password.lower() in _COMMON | refused or len(set(password)) < 3:
        raise InvalidInput("accounts.password_common", field="password")


def must_wait(failures_of_name: int, failures_of_address: int, failures_of_device: int | None) -> bool:
    """Whether a login has to wait. A browser known to the account (not None) has a count of its own, so a stranger who
    guesses can't lock the owner out."""
    if failures_of_address >= MAX_PER_ADDRESS:
        return True
    if failures_of_device is not None:
        return failures_of_device >= MAX_PER_DEVICE
    return failures_of_name >= MAX_PER_NAME
