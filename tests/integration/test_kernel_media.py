"""Stored files: public pictures for everybody, private papers only through a guarded route, no way around by path."""

import io
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.images import WIDTHS
from marketplace.kernel.media import (
    Media,
    MediaKind,
    media_url,
    send_document,
    store_document,
    store_picture,
)
from marketplace.kernel.transaction import transaction
from tests.support.clients import Client

PDF = b"%PDF-1.7\nhello\n%%EOF\n"


def jpeg(width: int = 700, height: int = 350) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(out, "JPEG")
    return out.getvalue()


def upload(content: bytes, name: str = "../../etc/猕猴桃\x00.jpg") -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def stored(content: bytes, *, public: bool = True, document: bool = False) -> Media:
    with transaction():
        if document:
            return store_document(upload(content, "执照.pdf"), None)
        return store_picture(upload(content), None, public=public)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_public_picture_is_served_and_kept(client: Client, width: int) -> None:
    media = stored(jpeg())
    with client.application.test_request_context():
        address = media_url(media.token, width)
    with client.get(address) as response:
        assert response.status_code == 200
        assert response.mimetype == "image/webp"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in response.headers["Cache-Control"]
        assert Image.open(io.BytesIO(response.data)).width == min(width, 700)


def test_what_is_private_is_not_on_the_public_route(client: Client) -> None:
    for media in (
        stored(jpeg(), public=False),
        stored(jpeg(), document=True),
        stored(PDF, document=True),
    ):
        for width in WIDTHS:
            assert client.get(f"/media/{media.token}/{width}.webp").status_code == 404


TRICKS = [
    "/media/../shop.sqlite/640.webp",
    "/media/..%2f..%2fkeys%2fsecret_key/640.webp",
    "/media/%2e%2e/640.webp",
    "/media/%2e%2e%5c%2e%2e/640.webp",
    "/media//etc/passwd/640.webp",
    "/media/{token}/640.webp%00.pdf",
    "/media/{token}%00/640.webp",
    "/media/{token}/641.webp",
    "/media/{token}/0.webp",
    "/media/{token}/-640.webp",
    "/media/{token}/６４０.webp",
    "/media/{token}/99999999999999999999.webp",
    "/media/{token}/" + "9" * 5000 + ".webp",
    "/media/{token}/640.pdf",
    "/media/{token}.640.webp",
    "/media/%ff%fe/640.webp",
    "/media/" + "a" * 3000 + "/640.webp",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/static/%00",
]


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick[:40])
def test_no_path_leads_elsewhere(client: Client, trick: str) -> None:
    media = stored(jpeg())
    response = client.get(trick.replace("{token}", media.token), follow_redirects=True)
    assert response.status_code == 404


def test_a_file_is_named_by_chance_and_lies_in_the_instance(app: Flask, instance: Path) -> None:
    media = stored(jpeg())
    files = {path.name for path in (instance / "media").rglob("*.webp")}
    assert files >= {f"{media.token}.{width}.webp" for width in WIDTHS}
    assert not list((instance / "media").rglob("*.part"))
    assert "\x00" not in media.filename


def test_a_paper_is_a_pdf_or_a_picture_by_its_content(app: Flask) -> None:
    pdf, picture = stored(PDF, document=True), stored(jpeg(), document=True)
    assert (pdf.kind, picture.kind) == (MediaKind.PDF, MediaKind.PRIVATE_PICTURE)
    with app.test_request_context():
        served = send_document(pdf)
        assert served.mimetype == "application/pdf"
        assert served.headers["Cache-Control"] == "private, no-store"
        served.close()
        shown = send_document(picture)
        assert shown.mimetype == "image/webp"
        shown.close()


SHAPES = [
    ((1, 1), "upload.too_small"),
    ((199, 800), "upload.too_small"),
    ((800, 199), "upload.too_small"),
    ((20_000, 2), "upload.too_small"),
    ((801, 200), "upload.too_long"),
    ((200, 801), "upload.too_long"),
    ((200, 200), None),
    ((800, 200), None),
    ((200, 800), None),
]


@pytest.mark.parametrize(("size", "code"), SHAPES)
def test_what_the_shop_shows_is_neither_a_dot_nor_a_line(
    app: Flask, size: tuple[int, int], code: str | None
) -> None:
    if code is None:
        assert (stored(jpeg(*size)).width, stored(jpeg(*size)).height) == size
        return
    with pytest.raises(InvalidInput) as refused:
        stored(jpeg(*size))
    assert refused.value.code == code
    assert {"width": size[0], "height": size[1]}.items() <= refused.value.params.items()


def test_proof_may_be_a_long_picture(app: Flask) -> None:
    """A screenshot of a whole conversation, a slip cut out of a page."""
    assert stored(jpeg(300, 3000), public=False).height == 3000
    assert stored(jpeg(600, 90), document=True).width == 600


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 cut off", "upload.broken_pdf"),
        (b"MZ\x90\x00", "upload.not_an_image"),
        (b"<html>", "upload.not_an_image"),
        (b"", "upload.empty"),
        (b"x" * (12 * 1024 * 1024 + 1), "upload.too_large"),
    ],
    ids=["half a pdf", "program", "page", "nothing", "too much"],
)
def test_what_is_neither_is_refused_and_leaves_nothing(
    app: Flask, instance: Path, content: bytes, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        stored(content, document=True)
    assert refused.value.code == code
    assert db.session.scalar(select(func.count()).select_from(Media)) == 0
    assert not [path for path in (instance / "media").rglob("*") if path.is_file()]


def test_a_file_that_is_gone_is_not_found(app: Flask, client: Client, instance: Path) -> None:
    picture, paper = stored(jpeg()), stored(PDF, document=True)
    for path in (instance / "media").rglob("*"):
        if path.is_file():
            path.unlink()
    assert client.get(f"/media/{picture.token}/640.webp").status_code == 404
    with app.test_request_context(), pytest.raises(NotFound):
        send_document(paper)


def test_a_product_without_a_picture_shows_the_drawn_one(app: Flask) -> None:
    with app.test_request_context():
        assert media_url(None).endswith("/no-picture.svg")
