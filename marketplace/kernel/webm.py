"""WebM (RFC 9559, an EBML document after RFC 8794): what is in it, and the file without what people and cameras wrote.

Elements are read one behind the other; only those are entered that lead to a name, a tag or a track. A browser that
records leaves the sizes of segment and clusters open.
"""

from collections.abc import Iterator

from marketplace.kernel.errors import InvalidInput

EBML = b"\x1a\x45\xdf\xa3"
#: 30 MB of frames are some ten thousands of elements; one of millions of empty ones is no video
_MOST_ELEMENTS = 200_000
_SEGMENT, _CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"
_INFO, _TRACKS, _TRACK = b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\xae"
_DOC_TYPE, _TRACK_TYPE, _CODEC = b"\x42\x82", b"\x83", b"\x86"
_INSIDE = (EBML, _SEGMENT, _INFO, _TRACKS, _TRACK)
_VOID = b"\xec"
_PERSONAL = (
    b"\x12\x54\xc3\x67",  # Tags: place, artist, camera
    b"\x19\x41\xa4\x69",  # Attachments: files
    b"\x10\x43\xa7\x70",  # Chapters: titles
    b"\x7b\xa9",  # Title
    b"\x73\x84",  # SegmentFilename
    b"\x3c\x83\xab",  # PrevFilename
    b"\x3e\x83\xbb",  # NextFilename
    b"\x44\x61",  # DateUTC
    b"\x53\x6e",  # Name of a track
    b"\xbf",  # CRC-32 of what was just changed
    _VOID,  # what an editor took away may still stand in it
)
#: every file has to have these two; empty they say nothing of the camera
_APPS = (b"\x4d\x80", b"\x57\x41")
_PICTURE, _SOUND = 1, 2
_CODECS = (b"V_VP8", b"V_VP9", b"V_AV1")


def read_webm(content: bytes) -> bytes:
    """The bytes to keep, as many as came. Raises InvalidInput ``video.unknown`` for Matroska at large,
    ``video.tracks`` where a track is neither picture nor sound, ``video.broken`` for anything else that is none."""
    kept, found = bytearray(content), dict[bytes, list[bytes]]()
    try:
        for identity, at, start, end in _elements(content):
            found.setdefault(identity, []).append(content[start : min(end, start + 16)])
            if identity in _APPS:
                kept[start:end] = bytes(end - start)
            elif identity in _PERSONAL:
                _blank(kept, at, end)
    except ValueError as error:
        raise InvalidInput("video.broken") from error
    if [each.rstrip(b"\0") for each in found.get(_DOC_TYPE, ())] != [b"webm"]:
        raise InvalidInput("video.unknown")
    if any(int.from_bytes(kind) not in (_PICTURE, _SOUND) for kind in found.get(_TRACK_TYPE, ())):
        raise InvalidInput("video.tracks")
    if _CLUSTER not in found or not any(each.startswith(_CODECS) for each in found.get(_CODEC, ())):
        raise InvalidInput("video.broken")
    return bytes(kept)


def _blank(kept: bytearray, at: int, end: int) -> None:
    """A void of the same length: frames are found by their offset in the file."""
    length = end - at
    head = _VOID + (b"\x01" + (length - 9).to_bytes(7) if length > 9 else bytes([0x80 | length - 2]))
    kept[at:end] = head + bytes(length - len(head))


def _elements(content: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """(identity, where it starts, where its body does, where it ends), a parent before its children. Raises ValueError
    where one reaches beyond the file, or there are too many."""
    at = 0
    for _ in range(_MOST_ELEMENTS):
        if at >= len(content):
            return
        identity = content[at : at + _width(content, at, 4)]
        size_at = at + len(identity)
        width = _width(content, size_at, 8)
        start, unknown = size_at + width, (1 << 7 * width) - 1
        size = int.from_bytes(content[size_at:start]) & unknown
        is_open = size == unknown and identity in (_SEGMENT, _CLUSTER)
        end = start if is_open else start + size
        if end > len(content):
            raise ValueError(identity)
        yield identity, at, start, end
        at = start if identity in _INSIDE else end
    raise ValueError("too many elements")


def _width(content: bytes, at: int, most: int) -> int:
    """How many bytes a number of variable length has, by the zeros it begins with."""
    width = 9 - content[at].bit_length() if at < len(content) else most + 1
    if width > most or at + width > len(content):
        raise ValueError(at)
    return width
