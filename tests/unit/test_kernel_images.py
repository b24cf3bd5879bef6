"""Pictures from strangers: bounded before decoding, upright, at three widths, and nothing left of their metadata."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from marketplace.kernel import images
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.images import MAX_PIXELS, WIDTHS, read_limited, render_widths

ORIENTATION, ARTIST, GPS = 0x0112, 0x013B, 0x8825


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def decoded(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def halves(width: int, height: int) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), "blue")
    picture.paste("red", (0, 0, width // 2, height))
    return picture


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that would decode to ``width`` × ``height`` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_rendered_at_three_widths(kind: str) -> None:
    renderings, width, height = render_widths(encoded(halves(1600, 800), kind))
    assert (width, height) == (1600, 800)
    assert {wide: decoded(content).size for wide, content in renderings.items()} == {
        320: (320, 160),
        640: (640, 320),
        1280: (1280, 640),
    }
    assert {decoded(content).format for content in renderings.values()} == {"WEBP"}


def test_a_small_picture_is_not_enlarged() -> None:
    renderings, *_ = render_widths(encoded(halves(400, 10)))
    assert [decoded(renderings[width]).width for width in WIDTHS] == [320, 400, 400]


def test_a_thin_picture_keeps_a_line() -> None:
    renderings, *_ = render_widths(encoded(halves(5000, 1), "PNG"))
    assert decoded(renderings[320]).size == (320, 1)


def test_what_lay_on_its_side_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn by 90 degrees to the right: left becomes the top
    renderings, width, height = render_widths(encoded(halves(400, 200), exif=exif))
    assert (width, height) == (200, 400)
    upright = decoded(renderings[320]).convert("RGB")
    red, blue = upright.getpixel((100, 40)), upright.getpixel((100, 360))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] - red[2] > 150
    assert blue[2] - blue[0] > 150


def test_nothing_of_the_metadata_is_left() -> None:
    exif = Image.Exif()
    exif[ARTIST] = "WANG JIANGUO"
    exif.get_ifd(GPS)[2] = (34.0, 10.0, 0.0)
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "WANG JIANGUO")
    sources = [
        encoded(halves(400, 200), exif=exif, comment=b"WANG JIANGUO", icc_profile=b"WANG JIANGUO" * 20),
        encoded(halves(400, 200), "PNG", pnginfo=text, exif=exif),
        encoded(halves(400, 200), "WEBP", exif=exif, xmp=b"<x>WANG JIANGUO</x>"),
    ]
    for source in sources:
        assert b"WANG" in source
        for rendering in render_widths(source)[0].values():
            assert b"WANG" not in rendering
            assert dict(decoded(rendering).getexif()) == {}
            assert decoded(rendering).info.keys() & {"exif", "xmp", "icc_profile", "comment"} == set()


def test_what_is_transparent_becomes_white() -> None:
    clear = encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")
    palette = encoded(Image.new("P", (50, 50), 0), "PNG", transparency=0)
    for source in (clear, palette):
        assert decoded(render_widths(source)[0][320]).convert("RGB").getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16", "LA"])
def test_pictures_of_any_colours_are_taken(mode: str) -> None:
    content = encoded(Image.new(mode, (40, 20)), "JPEG" if mode == "CMYK" else "PNG")
    assert decoded(render_widths(content)[0][320]).size == (40, 20)


@pytest.mark.parametrize("size", [(5001, 5000), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (25_000_001, 1)])
def test_a_bomb_is_found_out_before_it_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda _: pytest.fail("was decoded"))
    with pytest.raises(InvalidInput, match=r"upload\.(too_many_pixels|not_an_image)"):
        render_widths(png_that_claims(*size))


def test_25_megapixels_are_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_PIXELS == 25_000_000
    with pytest.raises(InvalidInput) as refused:
        render_widths(png_that_claims(5000, 5001))
    assert (refused.value.code, refused.value.params) == ("upload.too_many_pixels", {"megapixels": 25})
    monkeypatch.setattr(images, "MAX_PIXELS", 200)
    assert render_widths(encoded(halves(20, 10)))[1:] == (20, 10)


FAKES = {
    "text": b"not a picture",
    "html": b"<script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "pdf": b"%PDF-1.7\n%%EOF",
    "gif": encoded(Image.new("P", (10, 10)), "GIF"),
    "tiff": encoded(Image.new("RGB", (10, 10)), "TIFF"),
    "jpeg magic": b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "png magic": b"\x89PNG\r\n\x1a\n",
    "empty png": png_that_claims(10, 10),
    "no size": png_that_claims(0, 0),
    "half a jpeg": encoded(halves(400, 400))[:1200],
    "half a png": encoded(halves(400, 400), "PNG")[:200],
    "half a webp": encoded(halves(400, 400), "WEBP")[:60],
}


@pytest.mark.parametrize("name", FAKES)
def test_what_only_looks_like_a_picture_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"upload\.not_an_image"):
        render_widths(FAKES[name])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_picture_is_taken_or_refused_but_breaks_nothing(data: st.DataObject) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 3
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))
    content = bytearray(encoded(halves(24, 16), kind, exif=exif))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        renderings, *_ = render_widths(bytes(content))
    except InvalidInput:
        return
    assert set(renderings) == set(WIDTHS)


def test_an_upload_is_read_no_further_than_its_limit() -> None:
    assert read_limited(io.BytesIO(b"x" * 10), 10) == b"x" * 10
    endless = io.BytesIO(b"x" * 100)
    with pytest.raises(InvalidInput, match=r"upload\.too_large"):
        read_limited(endless, 10)
    assert endless.tell() == 11
    with pytest.raises(InvalidInput, match=r"upload\.empty"):
        read_limited(io.BytesIO(b""))


def test_a_screenshot_of_a_whole_conversation_fits_into_what_a_webp_takes() -> None:
    out = io.BytesIO()
    Image.new("RGB", (600, 20_000), "white").save(out, "PNG")
    renderings, width, height = render_widths(out.getvalue())
    assert (width, height) == (600, 20_000)
    sizes = {each: Image.open(io.BytesIO(webp)).size for each, webp in renderings.items()}
    assert sizes == {320: (320, 10_667), 640: (491, 16_383), 1280: (491, 16_383)}
