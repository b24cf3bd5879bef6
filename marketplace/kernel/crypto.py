"""Field encryption with rotating keys, and keyed digests to find an encrypted value again."""

import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet


class _Keys:
    fernet: MultiFernet | None = None
    digest_key: bytes = b""


def configure(encryption_keys: list[str], digest_key: str) -> None:
    """Set the process's keys. The first encryption key writes, all of them read (rotation)."""
    _Keys.fernet = MultiFernet([Fernet(key) for key in encryption_keys])
    _Keys.digest_key = digest_key.encode()


def _fernet() -> MultiFernet:
    if _Keys.fernet is None:
        raise RuntimeError("crypto.configure() has not run")
    return _Keys.fernet


def encrypt(text: str) -> bytes:
    return _fernet().encrypt(text.encode())


def decrypt(token: bytes) -> str:
    return _fernet().decrypt(token).decode()


def rotate(token: bytes) -> bytes:
    """The same value under the first key."""
    return _fernet().rotate(token)


def lookup_digest(purpose: str, value: str) -> str:
    """A keyed digest (hex, 64 characters) of a normalised value; ``purpose`` keeps columns unlinkable."""
    return hmac.new(_Keys.digest_key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()
