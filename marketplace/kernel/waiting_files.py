"""Files a person has handed in and not yet confirmed: one for each person and purpose, private, gone after a day.

They are no records: what comes of one is written by the command that reads it, or nothing is.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.numbering import new_token

KEEP_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """``token`` says which of a person's uploads is meant, so that two open pages are not taken for each other."""

    token: str
    name: str
    content: bytes


def _folder() -> Path:
    folder: Path = current_app.extensions["media_folder"] / "waiting"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _path(owner_id: int, purpose: str, token: str) -> Path:
    return _folder() / f"{owner_id}.{purpose}.{token}"


def keep(content: bytes, name: str | None, owner_id: int, purpose: str) -> WaitingFile:
    """Put a file aside in place of this person's last one for the same purpose."""
    for old in _folder().glob("*"):
        is_last = old.name.startswith(f"{owner_id}.{purpose}.")
        # whoever hands in at the same moment clears away too, and renames his own
        with suppress(FileNotFoundError):
            if is_last or clock.now().timestamp() - old.stat().st_mtime > KEEP_SECONDS:
                old.unlink()
    waiting = WaitingFile(new_token(), (name or "").replace("\x00", "")[:120], content)
    path = _path(owner_id, purpose, waiting.token)
    partial = path.with_name(f".{path.name}")
    partial.write_bytes(json.dumps({"name": waiting.name}).encode() + b"\n" + content)
    partial.replace(path)
    return waiting


def read(token: str, owner_id: int, purpose: str) -> WaitingFile:
    """Raises NotFound for another person's file, another purpose, one replaced meanwhile and what is no token."""
    if not _TOKEN.fullmatch(token):
        raise NotFound("imports.gone")
    try:
        head, content = _path(owner_id, purpose, token).read_bytes().split(b"\n", 1)
    except FileNotFoundError as error:
        raise NotFound("imports.gone") from error
    return WaitingFile(token, json.loads(head)["name"], content)


def drop(waiting: WaitingFile, owner_id: int, purpose: str) -> None:
    """Forget a file that has done its work."""
    _path(owner_id, purpose, waiting.token).unlink(missing_ok=True)
