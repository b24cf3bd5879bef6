"""Pictures from strangers: checked by content, bounded before decoding, re-encoded, stripped of their metadata."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import Image, ImageOps

from marketplace.kernel.errors import InvalidInput

WIDTHS = (320, 640, 1280)
MAX_PIXELS = 25_000_000
MAX_BYTES = 12 * 1024 * 1024
#: what the shop shows stands on cards and fills a phone: smaller is a blur, thinner a line
MIN_SIDE = 200
MAX_RATIO = 4
#: a WebP has no longer one; a proof may be the screenshot of a whole conversation
_WEBP_SIDE = 16_383
_FORMATS = ("JPEG", "PNG", "WEBP")


def read_limited(stream: IO[bytes], limit: int = MAX_BYTES) -> bytes:
    """The whole upload; raises InvalidInput when it is empty or larger than ``limit`` bytes."""
    content = stream.read(limit + 1)
    if not content:
        raise InvalidInput("upload.empty")
    if len(content) > limit:
        raise InvalidInput("upload.too_large", megabytes=limit // 1024 // 1024)
    return content


def render_widths(content: bytes) -> tuple[dict[int, bytes], int, int]:
    """WebP renderings by width in pixels, and the size of the upright original.

    A picture narrower than a width is not enlarged. Raises InvalidInput for anything that is not a real JPEG, PNG or
    WebP of at most 25 megapixels.
    """
    with _refusing():
        picture = _open_bounded(content)
        picture.load()
        upright = _flat(ImageOps.exif_transpose(picture))
    sizes = {width: _size(upright, width) for width in WIDTHS}
    # a picture narrower than two of the widths is the same in both, and encoding it is what takes the time
    rendered = {size: _render(upright, size) for size in set(sizes.values())}
    return {width: rendered[size] for width, size in sizes.items()}, upright.width, upright.height


def check_header(content: bytes) -> None:
    """Whether something begins as a picture that can be shown; nothing is decoded. Raises InvalidInput."""
    with _refusing():
        _open_bounded(content)


@contextmanager
def _refusing() -> Iterator[None]:
    """What a decoder raises, as InvalidInput."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except InvalidInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidInput("upload.too_many_pixels", megapixels=MAX_PIXELS // 1_000_000) from error
    except Exception as error:  # bytes of a stranger can make a decoder raise anything
        raise InvalidInput("upload.not_an_image") from error


def check_shape(width: int, height: int) -> None:
    """Whether a picture can be shown in the shop, in pixels. Raises InvalidInput where it is too small, or too long for
    its width."""
    if min(width, height) < MIN_SIDE:
        raise InvalidInput("upload.too_small", side=MIN_SIDE, width=width, height=height)
    if max(width, height) > MAX_RATIO * min(width, height):
        raise InvalidInput("upload.too_long", ratio=MAX_RATIO, width=width, height=height)


def _open_bounded(content: bytes) -> Image.Image:
    """Only the header is read yet: a bomb must not be decoded to be found out."""
    picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise InvalidInput("upload.too_many_pixels", megapixels=MAX_PIXELS // 1_000_000)
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """Colours only, on white where the picture is transparent: black would show otherwise."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def _size(picture: Image.Image, width: int) -> tuple[int, int]:
    """What the picture measures when it is at most ``width`` wide."""
    scale = min(1.0, width / picture.width, _WEBP_SIDE / picture.height)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _render(picture: Image.Image, size: tuple[int, int]) -> bytes:
    copy = picture.copy() if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    copy.save(out, "WEBP", quality=80, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return out.getvalue()
