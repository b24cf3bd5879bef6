"""Videos are what their bytes say, never their names, and keep nothing of where they were taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.videos import VideoFormat, read_video
from tests.factories.videos import (
    PLACE,
    SOUND_TRACK,
    SUBTITLE_TRACK,
    VIDEO_TRACK,
    box,
    mp4,
    webm,
    webm_track,
)


@pytest.mark.parametrize("brand", [b"isom", b"mp42", b"iso6", b"M4V ", b"3gp5"])
@pytest.mark.parametrize("codec", [b"avc1", b"avc3"])
def test_an_mp4_with_h264_is_one_and_loses_its_place(brand: bytes, codec: bytes) -> None:
    content = mp4(codec, brand)
    assert PLACE in content
    form, kept = read_video(content)
    assert form is VideoFormat.MP4
    assert len(kept) == len(content)  # samples are found by their offset in the file
    assert PLACE not in kept
    assert b"udta" not in kept
    assert read_video(kept) == (form, kept)


def test_a_place_behind_a_long_header_goes_too() -> None:
    long = (1).to_bytes(4) + b"uuid" + (16 + len(PLACE)).to_bytes(8) + PLACE
    _, kept = read_video(mp4() + long)
    assert PLACE not in kept
    assert kept[-16 - len(PLACE) :][4:8] == b"free"
    assert len(kept) == len(mp4() + long)


@pytest.mark.parametrize("kind", [b"free", b"skip"])
def test_what_a_program_only_marked_as_gone_is_gone(kind: bytes) -> None:
    content = mp4() + box(kind, PLACE)
    kept = read_video(content)[1]
    assert (PLACE in kept, len(kept)) == (False, len(content))


def with_track(handler: bytes, samples: list[bytes], *, wide: bool = False) -> bytes:
    """Two samples a chunk, the chunks one behind the other."""
    base, data = mp4(), box(b"mdat", b"".join(samples))
    first = len(base) + 8
    chunks = [first + sum(map(len, samples[:place])) for place in range(0, len(samples), 2)]
    ints = [each.to_bytes(8 if wide else 4) for each in chunks]
    table = box(b"co64" if wide else b"stco", bytes(4) + len(chunks).to_bytes(4) + b"".join(ints))
    sizes = b"".join(len(each).to_bytes(4) for each in samples)
    stbl = box(
        b"stbl",
        box(b"stsz", bytes(8) + len(samples).to_bytes(4) + sizes)
        + box(b"stsc", bytes(4) + (1).to_bytes(4) + b"".join(each.to_bytes(4) for each in (1, 2, 1)))
        + table,
    )
    hdlr = box(b"hdlr", bytes(8) + handler + bytes(12))
    return base + data + box(b"moov", box(b"trak", box(b"mdia", hdlr + box(b"minf", stbl))))


@pytest.mark.parametrize("wide", [False, True])
def test_a_camera_s_track_of_places_goes_with_what_it_says(wide: bool) -> None:
    """Action cameras and drones write where they are many times a second, beside picture and sound."""
    content = with_track(b"meta", [PLACE, b"-" + PLACE, PLACE], wide=wide)
    _, kept = read_video(content)
    assert (PLACE in kept, b"stsz" in kept, len(kept)) == (False, False, len(content))
    assert read_video(kept)[1] == kept


@pytest.mark.parametrize("handler", [b"vide", b"soun"])
def test_picture_and_sound_stay(handler: bytes) -> None:
    samples = [b"frame-one", b"frame-two", b"frame-three"]
    assert b"".join(samples) in read_video(with_track(handler, samples))[1]


def test_a_track_that_claims_more_than_the_file_is_refused() -> None:
    content = with_track(b"meta", [b"x" * 40] * 4)
    sizes = (40).to_bytes(4) * 4
    with pytest.raises(InvalidInput, match=r"video\.broken"):
        read_video(content.replace(sizes, b"\xff" * 16))


@pytest.mark.parametrize("endless", [False, True])
@pytest.mark.parametrize("codec", [b"V_VP8", b"V_VP9", b"V_AV1"])
def test_a_webm_loses_what_people_and_cameras_wrote(codec: bytes, endless: bool) -> None:
    sound = webm_track(b"A_OPUS", SOUND_TRACK)
    content = webm(b"webm", webm_track(codec), sound, endless=endless, samples=b"first frame")
    assert content.count(b"WANG") == 6
    form, kept = read_video(content)
    assert (form, len(kept)) == (
        VideoFormat.WEBM,
        len(content),
    )  # frames are found by their offset in the file
    assert (PLACE in kept, b"WANG" in kept, b"first frame" in kept) == (False, False, True)
    assert read_video(kept) == (form, kept)


def test_what_an_editor_took_out_of_a_webm_is_gone() -> None:
    _, kept = read_video(webm() + b"\xec" + bytes([0x80 | len(PLACE)]) + PLACE)
    assert PLACE not in kept
    assert read_video(webm() + b"\xec\x80")[1].endswith(b"\xec\x80")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "video.unknown"),
        (b"GIF89a" + b"\x00" * 64, "video.unknown"),
        (b"<html><script>alert(1)</script>", "video.unknown"),
        (mp4(brand=b"qt  "), "video.unknown"),
        (mp4(brand=b"heic"), "video.unknown"),
        (webm(kind=b"matroska"), "video.unknown"),
        (mp4(codec=b"hvc1"), "video.codec"),
        (mp4(codec=b"av01"), "video.codec"),
        (mp4(codec=b"mp4a"), "video.codec"),
        (mp4()[:-1], "video.broken"),
        (mp4()[:60], "video.broken"),
        (box(b"ftyp", b"isom"), "video.broken"),
        (mp4().replace(b"mdat", b"free"), "video.broken"),
        (mp4() + b"\x00\x00\x00\x04free", "video.broken"),
        (mp4() + box(b"free") * 6_000, "video.broken"),
        (webm(codec=b"V_THEORA"), "video.broken"),
        (webm()[:30], "video.broken"),
        (webm()[:-1], "video.broken"),
        (webm().replace(b"\x1f\x43\xb6\x75", b"\x1f\x43\xb6\x76"), "video.broken"),
        (webm() + b"\xec\x80" * 200_000, "video.broken"),
        (webm() + b"\x00" * 4, "video.broken"),
        (webm(b"webm", webm_track(), webm_track(b"D_WEBVTT/SUBTITLES", SUBTITLE_TRACK)), "video.tracks"),
        (webm(b"webm", webm_track(kind=VIDEO_TRACK), webm_track(b"", b"\x21")), "video.tracks"),
    ],
)
def test_what_is_no_video_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_video(content)
    assert refused.value.code == code


def test_boxes_too_deep_are_refused() -> None:
    deep = b""
    for _ in range(2_000):
        deep = box(b"moov", deep)
    with pytest.raises(InvalidInput, match=r"video\.broken"):
        read_video(mp4() + deep)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_whatever_comes_it_is_a_video_or_refused(noise: bytes, at: int) -> None:
    for whole in (mp4(), webm(), webm(endless=True)):
        content = whole[:at] + noise + whole[at + len(noise) :]
        try:
            _, kept = read_video(content)
        except InvalidInput:
            continue
        assert len(kept) == len(content)
