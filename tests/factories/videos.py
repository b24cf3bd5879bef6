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


def element(identity: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return identity + (len(body) | 1 << 28).to_bytes(4) + body


VIDEO_TRACK, SOUND_TRACK, SUBTITLE_TRACK = b"\x01", b"\x02", b"\x11"


def webm_track(codec: bytes = b"V_VP9", kind: bytes = VIDEO_TRACK) -> bytes:
    return element(
        b"\xae", element(b"\x83", kind), element(b"\x86", codec), element(b"\x53\x6e", b"camera of WANG")
    )


def webm(
    kind: bytes = b"webm",
    *tracks: bytes,
    codec: bytes = b"V_VP9",
    endless: bool = False,
    samples: bytes = b"frame",
) -> bytes:
    """With title, camera, place and a picture as editors write them. ``endless``: as a browser records, which doesn't
    know yet how long it will be."""
    said = element(
        b"\x15\x49\xa9\x66",
        element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(3)),
        element(b"\x7b\xa9", b"orchard of WANG"),
        element(b"\x4d\x80", b"muxer of WANG"),
        element(b"\x57\x41", b"camera of WANG"),
    )
    place = element(
        b"\x12\x54\xc3\x67",
        element(
            b"\x73\x73", element(b"\x67\xc8", element(b"\x45\xa3", b"LOCATION"), element(b"\x44\x87", PLACE))
        ),
    )
    file = element(b"\x19\x41\xa4\x69", element(b"\x61\xa7", b"WANG.jpg"))
    frame = element(b"\xe7", b"\x00") + element(b"\xa3", b"\x81\x00\x00\x80" + samples)
    cluster = b"\x1f\x43\xb6\x75" + (b"\x01" + b"\xff" * 7 + frame if endless else element(b"", frame))
    body = said + element(b"\x16\x54\xae\x6b", *(tracks or (webm_track(codec),))) + cluster + place + file
    segment = b"\x18\x53\x80\x67" + (b"\x01" + b"\xff" * 7 + body if endless else element(b"", body))
    return element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", kind)) + segment


def upload(content: bytes, name: str = "猕猴桃.mp4") -> FileStorage:
    return FileStorage(io.BytesIO(content), name)
