"""Small things about files."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.backup.archive import is_media

#: uploads somebody has not confirmed yet are no records
_PASSING = "waiting"
KILLED_SECONDS = 2 * 24 * 3600


def sync(path: Path) -> None:
    """Have a file and its name on the disk."""
    for each in (path, path.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def forget_killed(folder: Path, pattern: str) -> None:
    """Remove what a killed run left unfinished: it holds people's data, and no run takes days."""
    for path in folder.glob(pattern):
        if time.time() - path.stat().st_mtime > KILLED_SECONDS:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def media_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every finished file of the media folder, with its name in a backup."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        name = f"media/{inside.as_posix()}"
        if inside.parts[0] == _PASSING or path.suffix == ".part" or not is_media(name):
            continue
        if path.is_file() and not path.is_symlink():
            yield name, path


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(slots=True)
class Merge:
    """Media files brought into the folder: what is missing is added, what differs is replaced and kept aside.

    Nothing is ever removed: a file's name is random and its content never changes, so the old database that is kept
    aside keeps its pictures, too.
    """

    folder: Path
    aside: Path
    added: list[Path] = field(default_factory=list)
    replaced: list[tuple[Path, Path]] = field(default_factory=list)

    def bring(self, staged: Path, name: str, sha256: str) -> None:
        target = self.folder / name.removeprefix("media/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if digest(target) == sha256:
                return
            kept = self.aside / name.removeprefix("media/")
            kept.parent.mkdir(parents=True, exist_ok=True)
            target.rename(kept)
            self.replaced.append((kept, target))
        else:
            self.added.append(target)
        staged.replace(target)

    def undo(self) -> None:
        for path in self.added:
            path.unlink(missing_ok=True)
        for kept, target in self.replaced:
            kept.replace(target)
