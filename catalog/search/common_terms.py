"""Where common words stand, written beside the index when it is written: reading a thousand places of one term from
Whoosh takes half a millisecond, and of a hundred thousand goods a plain word has many thousands.

A segment's file holds, for each term that many of its documents have, the bits of their places, compressed. It is named
as the segment's own files are, so that Whoosh removes it with them, and mapped, so that all processes share it. Without
it, or where it is damaged, the term is read from Whoosh: slower, and the same.
"""

import json
import mmap
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from marketplace.kernel.bits import bits_of

#: A term in fewer documents of a segment is read from Whoosh in a tenth of a millisecond.
LEAST_DOCUMENTS = 200
_END = struct.Struct("<Q")


def _path(folder: Path, reader: Any) -> Path:
    return folder / f"{reader.segment().segment_id()}.common"


def write_missing(folder: Path, index: Any, fields: Iterable[str]) -> None:
    """Write the file of every segment of the index that is large enough to have one and has none."""
    with index.reader() as whole:
        for reader, _ in whole.leaf_readers():
            path = _path(folder, reader)
            if reader.doc_count_all() >= LEAST_DOCUMENTS and not path.exists():
                _write(path, reader, fields)


def _write(path: Path, reader: Any, fields: Iterable[str]) -> None:
    """The terms one after the other, then where each begins and ends, then where that begins."""
    part = path.with_suffix(".part")
    spans: dict[str, tuple[int, int]] = {}
    with part.open("wb") as file:
        for field, text in _common(reader, fields):
            bits = bits_of(list(reader.postings(field, text).all_ids()))
            start = file.tell()
            file.write(zlib.compress(bits.to_bytes(-(-bits.bit_length() // 8), "little")))
            spans[_key(field, text)] = start, file.tell()
        start = file.tell()
        file.write(json.dumps(spans, ensure_ascii=False).encode() + _END.pack(start))
    part.replace(path)


def _common(reader: Any, fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    for field in fields:
        for term in reader.lexicon(field):
            if reader.doc_frequency(field, term) >= LEAST_DOCUMENTS:
                yield field, term.decode()


def _key(field: str, text: str) -> str:
    return f"{field} {text}"


class CommonTerms:
    """What was written of one segment."""

    def __init__(self, data: mmap.mmap) -> None:
        """Raises ValueError and struct.error for what was not written here."""
        (start,) = _END.unpack(data[-_END.size :])
        self._data = data
        self._spans: dict[str, list[int]] = json.loads(data[start : -_END.size])

    @classmethod
    def open(cls, folder: Path, reader: Any) -> "CommonTerms | None":
        """None where there is no file, or none that can be read."""
        try:
            with _path(folder, reader).open("rb") as file:
                return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError, struct.error):
            return None

    def bits(self, field: str, text: str) -> int | None:
        """Places of the documents that have the term in that field; None for what is not written here."""
        span = self._spans.get(_key(field, text))
        if span is None:
            return None
        try:
            return int.from_bytes(zlib.decompress(self._data[span[0] : span[1]]), "little")
        except zlib.error:
            return None
