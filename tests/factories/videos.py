"""The least bytes that are a video: the right boxes with nothing worth seeing in them."""

import io

from werkzeug.datastructures import FileStorage

PLACE = b"+34.0658+108.3247/"


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4) + kind + body


def mp4(codec: bytes = b"avc1", brand: bytes = b"isom", samples: bytes = b"\x00" * 64) -> bytes:
    """With the place it was taken at where phones write it, and its samples in front as phones put them."""
    entry = box(codec, b"\x00" * 78)
    table = box(b"stsd", b"\x00" * 4, (1).to_bytes(4), entry)
    media = box(b"mdia", box(b"minf", box(b"stbl", table)))
    place = box(b"udta", box(b"\xa9xyz", PLACE))
    return (
        box(b"ftyp", brand, b"\x00" * 4, brand)
        + box(b"mdat", samples)
        + box(b"moov", box(b"mvhd", b"\x00" * 100), box(b"trak", media, place), place)
    )


def element(identity: bytes, body: bytes) -> bytes:
    return identity + (len(body) | 1 << 28).to_bytes(4) + body


def webm(kind: bytes = b"webm", codec: bytes = b"V_VP9") -> bytes:
    kind_of = b"\x42\x82" + bytes([0x80 | len(kind)]) + kind
    name = b"\x86" + bytes([0x80 | len(codec)]) + codec
    tracks = element(b"\x16\x54\xae\x6b", element(b"\xae", name))
    return element(b"\x1a\x45\xdf\xa3", kind_of) + element(b"\x18\x53\x80\x67", tracks)


def upload(content: bytes, name: str = "猕猴桃.mp4") -> FileStorage:
    return FileStorage(io.BytesIO(content), name)
