"""Taking a backup while the shop runs.

The database comes first, the media files after it: a file is written before the row that names it is committed, never
changes, and goes a day after its row has let go of it at the earliest, so every row of the snapshot finds its file.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from marketplace.backup.archive import Writer
from marketplace.backup.databases import Database
from marketplace.backup.errors import BackupRefused
from marketplace.backup.files import forget_killed, media_files, sync
from marketplace.backup.manifest import Keys, Manifest
from marketplace.kernel import clock, crypto

#: a known text under the shop's keys
_KNOWN = "xian-fupin-market"


@dataclass(frozen=True, slots=True)
class Taken:
    """``missing``: so many files that rows speak of were not there to be backed up."""

    path: Path
    manifest: Manifest
    missing: int


def keys_of_this_shop() -> Keys:
    return Keys(
        encrypted=crypto.encrypt(_KNOWN).decode("ascii"), digest=crypto.lookup_digest("backup", _KNOWN)
    )


def take(database: Database, media_folder: Path, directory: Path) -> Taken:
    """One whole file in ``directory``, or none. Raises BackupRefused and OSError."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    forget_killed(directory, ".backup-*")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=directory) as folder:
        moment = clock.now()
        dump = Path(folder) / database.member
        snapshot = database.snapshot(dump)
        with _new_file(directory, f"{moment:%Y%m%d-%H%M%S}") as (partial, final):
            writer = Writer(partial, moment)
            try:
                writer.add(database.member, dump)
                for name, path in media_files(media_folder):
                    # one deleted since it was listed; what rows of the snapshot lack is counted below
                    with suppress(FileNotFoundError):
                        writer.add(name, path)
                manifest = Manifest(
                    made_at=moment,
                    engine=database.engine,
                    facts=snapshot.facts,
                    keys=keys_of_this_shop(),
                    members=dict(writer.members),
                )
                writer.finish(manifest)
            finally:
                with suppress(OSError):  # a full disk has said so already
                    writer.close()
            partial.rename(final)
        sync(final)
    missing = sum(f"media/{name}" not in manifest.members for name in snapshot.media)
    return Taken(final, manifest, missing)


@contextmanager
def _new_file(directory: Path, stamp: str) -> Iterator[tuple[Path, Path]]:
    """A name of time and counter nobody else has, and the unfinished one beside it, which never stays."""
    for number in count(1):
        final = directory / f"backup-{stamp}-{number:02}.tar"
        claim, partial = directory / f".{final.name}.claim", directory / f".{final.name}.part"
        try:
            claim.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        try:
            if final.exists():
                continue
            partial.unlink(missing_ok=True)
            yield partial, final
        finally:
            partial.unlink(missing_ok=True)
            claim.unlink(missing_ok=True)
        return
    raise BackupRefused("没有可用的文件名")
