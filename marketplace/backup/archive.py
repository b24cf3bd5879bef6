"""The file of a backup: one plain tar that is written once from front to back, and every byte of which is checked.

Its members are, in this order: ``format``, the database, the media files, ``manifest.json`` with the digest of each of
them, and ``seal`` with the digests of the manifest and of all bytes before the seal. A file that was cut has no seal.
"""

import hashlib
import io
import os
import re
import tarfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from marketplace.backup.errors import Damaged
from marketplace.backup.manifest import MANIFEST, Manifest, Member, parse

FORMAT, SEAL = "format", "seal"
FORMAT_TEXT = b"xian-fupin-market-backup/1\n"
CHUNK = 1024 * 1024
#: what is kept in memory of a file: the manifest of half a million media files, and no stranger's terabyte
LONGEST_TEXT = 128 * 1024 * 1024
#: no way to climb: no segment is empty or begins with a dot
_DATABASE = r"database\.[a-z]+"
_MEDIA = r"media(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+"
_NAME = re.compile(rf"{FORMAT}|{re.escape(MANIFEST)}|{SEAL}|{_DATABASE}|{_MEDIA}")
_FOREIGN = "这不是本程序的备份文件，或者开头已经损坏"


def is_media(name: str) -> bool:
    return re.fullmatch(_MEDIA, name) is not None


class _Sealing(io.BufferedWriter):
    """Digests what is written."""

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__(raw)
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return super().write(data)


class _Digesting:
    """Digests what is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


class Writer:
    """Writes a backup to a file that must not exist yet, for the eyes of its owner only."""

    def __init__(self, path: Path, moment: datetime) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._out = _Sealing(io.FileIO(descriptor, "wb"))
        self._tar = tarfile.open(fileobj=cast("IO[bytes]", self._out), mode="w:")  # noqa: SIM115 — closed by ``close``
        self._moment = int(moment.timestamp())
        self.members: dict[str, Member] = {}
        self._text(FORMAT, FORMAT_TEXT)

    def add(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self._add(name, file, os.fstat(file.fileno()).st_size)

    def finish(self, manifest: Manifest) -> None:
        """Write manifest and seal, and have all of it on the disk."""
        manifest_digest = self._text(MANIFEST, manifest.model_dump_json(indent=1).encode())
        self._text(SEAL, f"{MANIFEST} {manifest_digest}\nfile {self._out.digest.hexdigest()}\n".encode())
        self._tar.close()
        self._out.flush()
        os.fsync(self._out.fileno())

    def close(self) -> None:
        self._out.close()

    def _text(self, name: str, content: bytes) -> str:
        return self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, file: IO[bytes], size: int) -> str:
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size, 0o600, self._moment
        source = _Digesting(file)
        self._tar.addfile(header, cast("IO[bytes]", source))
        digest = source.digest.hexdigest()
        self.members[name] = Member(size=size, sha256=digest)
        return digest


@dataclass(slots=True)
class _Walk:
    """What was met in a file from front to back."""

    members: dict[str, Member] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    seal_at: int = 0
    end: int = 0


def check(path: Path, folder: Path | None = None) -> Manifest:
    """Read every byte and compare every digest; raises Damaged, which names what is broken.

    With a ``folder`` the database and the media files are unpacked into it on the way; what is there when this
    raises is of no use.
    """
    with path.open("rb") as file:
        walk = _walk(file, folder)
        manifest = _compare(walk)
        _check_seal(file, walk)
    return manifest


def _walk(file: IO[bytes], folder: Path | None) -> _Walk:
    walk, last = _Walk(), ""
    try:
        with closing(tarfile.open(fileobj=file, mode="r:")) as tar:
            while SEAL not in walk.members and (member := tar.next()) is not None:
                _refuse_foreign(member, walk)
                last = member.name
                content = tar.extractfile(member)
                if content is None:
                    raise Damaged(f"备份已损坏：{last} 不是文件", last)
                _take(member, content, walk, folder)
    except (tarfile.TarError, ValueError, OverflowError) as error:
        if not last:
            raise Damaged(_FOREIGN) from error
        raise Damaged(f"备份不完整：{last} 被截断了", last) from error
    if not last:
        raise Damaged(_FOREIGN)
    return walk


def _refuse_foreign(member: tarfile.TarInfo, walk: _Walk) -> None:
    name = member.name
    if not walk.members and name != FORMAT:
        raise Damaged(_FOREIGN)
    is_plain = member.type == tarfile.REGTYPE and not member.issparse()
    if not is_plain or not _NAME.fullmatch(name) or not _is_harmless(member):
        raise Damaged(f"备份里有不该有的成员：{name!r}", name)
    if name in walk.members:
        raise Damaged(f"备份里有重复的成员：{name}", name)


def _is_harmless(member: tarfile.TarInfo) -> bool:
    """A second opinion beside our own list of names; Python has it since 3.11.4."""
    judge = getattr(tarfile, "data_filter", None)
    try:
        return judge is None or judge(member, "/nowhere").name == member.name
    except tarfile.TarError:
        return False


def _take(member: tarfile.TarInfo, content: IO[bytes], walk: _Walk, folder: Path | None) -> None:
    name = member.name
    if name in {FORMAT, MANIFEST, SEAL}:
        if member.size > LONGEST_TEXT:
            raise Damaged(f"备份已损坏：{name} 太长", name)
        text = content.read()
        walk.texts[name] = text
        walk.members[name] = Member(size=len(text), sha256=hashlib.sha256(text).hexdigest())
        if name == FORMAT and text != FORMAT_TEXT:
            raise Damaged(_FOREIGN)
        if name == SEAL:
            walk.seal_at, walk.end = member.offset, member.offset_data + member.size
        return
    digesting = _Digesting(content)
    if folder is None:
        while digesting.read(CHUNK):
            pass
    else:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            while data := digesting.read(CHUNK):
                out.write(data)
    walk.members[name] = Member(size=member.size, sha256=digesting.digest.hexdigest())


def _compare(walk: _Walk) -> Manifest:
    """The manifest is looked at first: a damaged one would put the blame on others."""
    last = list(walk.members)[-1]
    if MANIFEST not in walk.members or SEAL not in walk.members:
        raise Damaged(f"备份不完整：{last} 之后的内容读不出来", last)
    if _sealed(walk).get(MANIFEST) != walk.members[MANIFEST].sha256:
        raise Damaged(f"备份已损坏：{MANIFEST} 的校验和不对", MANIFEST)
    manifest = parse(walk.texts[MANIFEST])
    for name, member in manifest.members.items():
        if name not in walk.members:
            raise Damaged(f"备份不完整：缺少 {name}", name)
        if walk.members[name] != member:
            raise Damaged(f"备份已损坏：{name} 的校验和不对", name)
    for name in walk.members.keys() - manifest.members.keys() - {MANIFEST, SEAL}:
        raise Damaged(f"备份里有清单上没有的成员：{name}", name)
    return manifest


def _sealed(walk: _Walk) -> dict[str, str]:
    lines = walk.texts[SEAL].decode("ascii", "replace").splitlines()
    return {name: digest for name, _, digest in (line.partition(" ") for line in lines)}


def _check_seal(file: IO[bytes], walk: _Walk) -> None:
    """What belongs to no member: headers, the space between members, and nothing but zeros at the end."""
    file.seek(0)
    digest, left = hashlib.sha256(), walk.seal_at
    while left and (data := file.read(min(CHUNK, left))):
        digest.update(data)
        left -= len(data)
    if _sealed(walk).get("file") != digest.hexdigest():
        raise Damaged(f"备份已损坏：{SEAL} 和文件对不上（成员之间的内容变了）", SEAL)
    file.seek(walk.end)
    size = os.fstat(file.fileno()).st_size
    block_end = -(-walk.end // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
    whole = -(-(block_end + 2 * tarfile.BLOCKSIZE) // tarfile.RECORDSIZE) * tarfile.RECORDSIZE
    if size != whole or file.read(tarfile.RECORDSIZE * 2).strip(b"\0"):
        raise Damaged(f"备份已损坏：{SEAL} 之后的内容不对", SEAL)
