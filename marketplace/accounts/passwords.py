"""Password hashing (argon2id). A hash costs about 0.1 s and 64 MB: only a few run at once in a process."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
_SLOTS = BoundedSemaphore(2)
#: What an unknown account's password is checked against, so that it answers as slowly as a known one: of the same cost
#: as ``_HASHER`` makes them, and written down, since making it took a tenth of every start.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$kDljRaZZ4DU56kweuM4sOw$XkL4mnDszVxG7wJub/B0tAYbusS435k+Zj6kRLAOglA"


def hash_password(password: str) -> str:
    with _SLOTS:
        return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; None (no such account) costs the same and is False."""
    with _SLOTS:
        try:
            matches = _HASHER.verify(stored or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(matches) and stored is not None
