"""Videos from strangers: recognised by their bytes, never by a name, and freed of what says where they were taken.

Nothing is decoded here: a browser does that, behind its own walls. MP4 after ISO/IEC 14496-12 (boxes); WebM has a file
of its own.
"""

import sys
from array import array
from collections.abc import Iterator
from enum import StrEnum

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.webm import EBML, read_webm

MAX_BYTES = 30 * 1024 * 1024
#: An honest file has some hundred boxes above its samples; one of eight million empty ones is none.
_MOST_BOXES = 5_000
_DEEPEST = 8
_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"M4VH",
    b"M4VP",
    b"3gp",
)
_H264 = (b"avc1", b"avc3")
#: boxes that lead down to what the samples of a track are
_INSIDE = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"edts", b"dinf")
#: where cameras write place, model and owner, and where it still stands when a program only marked it as gone
_PERSONAL = (b"udta", b"meta", b"uuid", b"free", b"skip")
#: what a track may be of; cameras keep their place, several times a second, in tracks of their own
_HANDLERS = (b"vide", b"soun")


class VideoFormat(StrEnum):
    MP4 = "mp4"
    WEBM = "webm"


def read_video(content: bytes) -> tuple[VideoFormat, bytes]:
    """What it is, and the bytes to keep. Raises InvalidInput ``video.unknown`` for what is neither MP4 nor WebM,
    ``video.codec`` for an MP4 that browsers don't play everywhere, ``video.tracks`` for a WebM with more than picture
    and sound, ``video.broken`` for one cut off."""
    if content[4:8] == b"ftyp":
        return VideoFormat.MP4, _mp4(content)
    if content.startswith(EBML):
        return VideoFormat.WEBM, read_webm(content)
    raise InvalidInput("video.unknown")


def _mp4(content: bytes) -> bytes:
    brands = content[8 : min(int.from_bytes(content[:4]), 256)]
    if not any(brand in brands for brand in _BRANDS):
        raise InvalidInput("video.unknown")  # QuickTime, pictures and sound come in boxes, too
    kept, codecs, has_samples = bytearray(content), list[bytes](), False
    try:
        for number, (kind, at, start, end) in enumerate(_boxes(content, 0, len(content))):
            if number >= _MOST_BOXES:
                raise InvalidInput("video.broken")
            if kind == b"mdat":
                has_samples = True
            elif kind == b"stsd" and end - start >= 16:
                codecs.append(content[start + 12 : start + 16])
            elif kind in _PERSONAL:
                kept[at + 4 : at + 8], kept[start:end] = b"free", bytes(end - start)
        _blank_other_tracks(content, kept)
    except ValueError as error:
        raise InvalidInput("video.broken") from error
    if not codecs or not has_samples:
        raise InvalidInput("video.broken")
    if not any(codec in _H264 for codec in codecs):
        raise InvalidInput("video.codec")
    return bytes(kept)


def _blank_other_tracks(content: bytes, kept: bytearray) -> None:
    """Tracks that are neither picture nor sound, and what they say in the samples. Raises ValueError where they
    claim more than the file holds."""
    left = len(content)
    for kind, at, start, end in _boxes(content, 0, len(content)):
        inner = {name: body for name, _, *body in _boxes(content, start, end, 2)} if kind == b"trak" else {}
        said_at = inner[b"hdlr"][0] + 8 if b"hdlr" in inner else None
        if said_at is None or content[said_at : said_at + 4] in _HANDLERS:
            continue
        for first, length in _chunks(content, inner):
            left -= length
            if left < 0 or first + length > len(content):
                raise ValueError(kind)
            kept[first : first + length] = bytes(length)
        kept[at + 4 : at + 8], kept[start:end] = b"free", bytes(end - start)


def _chunks(content: bytes, inner: dict[bytes, list[int]]) -> Iterator[tuple[int, int]]:
    """(offset in the file, length) of each run of a track's samples; nothing where one of its tables is missing."""
    wide = b"co64" in inner
    offsets = inner.get(b"co64" if wide else b"stco")
    if offsets is None or not {b"stsz", b"stsc"} <= inner.keys():
        return
    (size_start, size_end), (run_start, run_end) = inner[b"stsz"], inner[b"stsc"]
    each = int.from_bytes(content[size_start + 4 : size_start + 8])
    sizes = _numbers(content[size_start + 12 : size_end], "I")
    runs = _numbers(content[run_start + 8 : run_end], "I")
    run, sample = 0, 0
    for number, offset in enumerate(_numbers(content[offsets[0] + 8 : offsets[1]], "Q" if wide else "I"), 1):
        while run + 3 < len(runs) - 2 and runs[run + 3] <= number:
            run += 3
        count = runs[run + 1] if len(runs) > 2 else 1
        yield offset, each * count or sum(sizes[sample : sample + count])
        sample += count


def _numbers(content: bytes, kind: str) -> "array[int]":
    """Big-endian unsigned ones, as boxes have them."""
    found = array(kind)
    found.frombytes(content[: len(content) // found.itemsize * found.itemsize])
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _boxes(content: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int, int]]:
    """(kind, where it starts, where its body does, where it ends) of every box that matters, a parent before its
    children. Raises ValueError where a box reaches beyond what holds it, or boxes lie too deep."""
    if depth > _DEEPEST:
        raise ValueError(depth)
    while start < end:
        size, kind, body = (
            int.from_bytes(content[start : start + 4]),
            content[start + 4 : start + 8],
            start + 8,
        )
        if size == 1:
            size, body = int.from_bytes(content[body : body + 8]), start + 16
        elif size == 0:  # the last one, to the end of the file
            size = end - start
        if start + size > end or start + size < body:
            raise ValueError(kind)
        yield kind, start, body, start + size
        if kind in _INSIDE:
            yield from _boxes(content, body, start + size, depth + 1)
        start += size
