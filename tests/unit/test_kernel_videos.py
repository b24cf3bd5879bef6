"""Videos are what their bytes say, never their names, and keep nothing of where they were taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.videos import VideoFormat, read_video
from tests.factories.videos import PLACE, box, mp4, webm


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


@pytest.mark.parametrize("codec", [b"V_VP8", b"V_VP9", b"V_AV1"])
def test_a_webm_is_kept_as_it_came(codec: bytes) -> None:
    assert read_video(webm(codec=codec)) == (VideoFormat.WEBM, webm(codec=codec))


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
    for whole in (mp4(), webm()):
        content = whole[:at] + noise + whole[at + len(noise) :]
        try:
            _, kept = read_video(content)
        except InvalidInput:
            continue
        assert len(kept) == len(content)
