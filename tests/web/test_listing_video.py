"""The video of a listing: recognised by its bytes, shown behind the first picture, handed out in parts, taken down."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.products.models import ListingVideo
from catalog.products.pictures import add_picture
from catalog.products.videos import set_video, video_of
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.media import Media, MediaKind, names_of_files
from marketplace.kernel.videos import MAX_BYTES
from marketplace.kernel.web import CONTENT_SECURITY_POLICY
from tests.factories import builders as build
from tests.factories.certifying import picture
from tests.factories.videos import PLACE, mp4, upload, webm
from tests.support.clients import Client
from tests.support.forms import client_of, hidden, post


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable(price_fen=3000, units=10)


@pytest.fixture
def owner(kiwi: dict[str, int]) -> Actor:
    return build.owner_of(kiwi["supplier"])


@pytest.fixture
def coop(app: Flask, owner: Actor) -> Client:
    return client_of(app, owner)


def send(client: Client, listing_id: int, content: bytes, name: str = "猕猴桃.mp4") -> Any:
    at = f"/supplier/listings/{listing_id}"
    return send_file_to(client, at, f"{at}/video", "video", content, name)


def send_file_to(client: Client, page: str, address: str, field: str, content: bytes, name: str) -> Any:
    """By hand: the test client leaves the file open that it writes a large body to."""
    token = hidden(client.get(page).text, "csrf_token")
    head = 'Content-Disposition: form-data; name="{}"'
    body = (
        f"--edge\r\n{head.format('csrf_token')}\r\n\r\n{token}\r\n"
        f'--edge\r\n{head.format(field)}; filename="{name}"\r\n\r\n'
    ).encode() + content
    return client.post(
        address, data=body + b"\r\n--edge--\r\n", content_type="multipart/form-data; boundary=edge"
    )


def error_at_field(page: Any) -> str:
    return "".join(re.findall(r'id="video-error">(.*?)</p>', page.text))


def kinds() -> list[MediaKind]:
    wanted = (MediaKind.MP4, MediaKind.WEBM, MediaKind.PRIVATE_VIDEO)
    return list(db.session.scalars(select(Media.kind).where(Media.kind.in_(wanted)).order_by(Media.id)))


def data_of(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    graph: list[dict[str, Any]] = json.loads(found[1])["@graph"]
    return graph


def test_it_stands_behind_the_first_picture(
    app: Flask, coop: Client, owner: Actor, kiwi: dict[str, int]
) -> None:
    for alt in ("一筐", "一盘"):
        add_picture(owner, kiwi["listing"], picture(), alt)
    assert send(coop, kiwi["listing"], mp4()).headers["Location"].endswith("#video")
    token = video_of(kiwi["listing"])
    response = client_of(app).get(f"/p/{kiwi['listing']}")
    page = response.text
    (film,) = re.findall(r"<video [^>]*>", page)
    assert f'src="/media/{token}/video"' in film
    assert re.search(r'poster="/media/[\w-]+/640\.webp"', film)
    assert ' controls preload="none" playsinline width="640" height="640"' in film
    assert "autoplay" not in film
    assert re.findall(r'id="pic-([^"]+)"', page) == ["1", "video", "2"]
    assert re.findall(r'href="#pic-([^"]+)"', page) == ["1", "video", "2"]
    assert "1 / 3" in page
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    (told,) = [each for each in data_of(page) if each["@type"] == "VideoObject"]
    assert {"name", "thumbnailUrl", "uploadDate", "contentUrl"} <= told.keys()
    assert told["contentUrl"].endswith(f"/media/{token}/video")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", told["uploadDate"])


def test_without_a_picture_nothing_is_said_of_it_to_others(
    app: Flask, owner: Actor, kiwi: dict[str, int]
) -> None:
    set_video(owner, kiwi["listing"], upload(webm()))
    page = client_of(app).get(f"/p/{kiwi['listing']}").text
    assert "<video " in page
    assert "VideoObject" not in page


@pytest.mark.parametrize(("content", "mimetype"), [(mp4(), "video/mp4"), (webm(), "video/webm")])
def test_it_is_what_its_bytes_are_whatever_it_is_called(
    app: Flask, coop: Client, kiwi: dict[str, int], content: bytes, mimetype: str
) -> None:
    assert send(coop, kiwi["listing"], content, "报价单.exe").status_code == 303
    with client_of(app).get(f"/media/{video_of(kiwi['listing'])}/video") as whole:
        assert (whole.status_code, whole.mimetype, len(whole.data)) == (200, mimetype, len(content))
        assert PLACE not in whole.data
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert whole.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, 999),
        ("bytes=-50", 950, 999),
        ("bytes=990-2000", 990, 999),
        ("bytes=0-0", 0, 0),
    ],
)
def test_parts_of_it_are_handed_out(
    app: Flask, owner: Actor, kiwi: dict[str, int], asked: str, first: int, last: int
) -> None:
    content = mp4(samples=b"\x01" * (1000 - len(mp4(samples=b""))))
    assert len(content) == 1000
    set_video(owner, kiwi["listing"], upload(content))
    client, address = client_of(app), f"/media/{video_of(kiwi['listing'])}/video"
    with client.get(address) as whole, client.get(address, headers={"Range": asked}) as part:
        assert part.status_code == 206
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/1000"
        assert part.headers["Content-Length"] == str(last - first + 1)
        assert part.data == whole.data[first : last + 1]
        assert part.mimetype == "video/mp4"
        tag = whole.headers["ETag"]
    with client.get(address, headers={"Range": asked, "If-Range": tag}) as same:
        assert same.status_code == 206
    with client.get(address, headers={"Range": asked, "If-Range": '"another"'}) as changed:
        assert (changed.status_code, len(changed.data)) == (200, 1000)
    with client.get(address, headers={"If-None-Match": tag}) as kept:
        assert kept.status_code == 304


@pytest.mark.parametrize("asked", ["bytes=1000000-", "bytes=5000-6000"])
def test_a_part_beyond_its_end_is_416(app: Flask, owner: Actor, kiwi: dict[str, int], asked: str) -> None:
    set_video(owner, kiwi["listing"], upload(mp4()))
    address = f"/media/{video_of(kiwi['listing'])}/video"
    beyond = client_of(app).get(address, headers={"Range": asked})
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{len(mp4())}"
    assert "超出了文件" in beyond.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "这个文件是空的"),
        (b"GIF89a" + b"\x00" * 40, "请上传 MP4（H.264）或 WebM"),
        (mp4(brand=b"qt  "), "请上传 MP4（H.264）或 WebM"),
        (mp4(codec=b"hvc1"), "不是 H.264 编码"),
        (mp4()[:-9], "这个视频不完整"),
        (mp4(samples=b"\x00" * MAX_BYTES), "请不要超过 30 MB"),
    ],
    ids=["empty", "picture", "quicktime", "hevc", "cut", "large"],
)
def test_what_is_refused_says_so_at_the_field(
    app: Flask, coop: Client, kiwi: dict[str, int], content: bytes, words: str
) -> None:
    page = send(coop, kiwi["listing"], content)
    assert page.status_code == 422
    assert words in error_at_field(page)
    assert kinds() == []
    assert not list(app.extensions["media_folder"].rglob("*.video"))


def test_nothing_chosen_is_said_at_the_field(coop: Client, kiwi: dict[str, int]) -> None:
    at = f"/supplier/listings/{kiwi['listing']}"
    assert "请选一个视频" in error_at_field(post(coop, f"{at}/video", page=at))


def test_only_here_may_more_be_sent(coop: Client, kiwi: dict[str, int]) -> None:
    at = f"/supplier/listings/{kiwi['listing']}"
    content = mp4(samples=b"\x00" * (17 * 1024 * 1024))
    refused = send_file_to(coop, at, f"{at}/pictures", "picture", content, "a.png")
    assert (refused.status_code, "不要超过 16 MB" in refused.text) == (413, True)
    much = send(coop, kiwi["listing"], b"\x00" * (2 * MAX_BYTES + 1))
    assert (much.status_code, "不要超过 30 MB" in much.text) == (413, True)
    typed = coop.post(f"{at}/video", data="x=" + "x" * (3 * 1024 * 1024), content_type="text/plain")
    assert typed.status_code in {400, 413}
    assert send(coop, kiwi["listing"], content).status_code == 303


def test_the_one_before_is_taken_down(app: Flask, coop: Client, kiwi: dict[str, int]) -> None:
    at = f"/supplier/listings/{kiwi['listing']}"
    send(coop, kiwi["listing"], mp4())
    first = video_of(kiwi["listing"])
    assert "换成这段" in coop.get(at).text
    send(coop, kiwi["listing"], webm())
    second = video_of(kiwi["listing"])
    assert kinds() == [MediaKind.PRIVATE_VIDEO, MediaKind.WEBM]
    guest = client_of(app)
    assert guest.get(f"/media/{first}/video").status_code == 404
    with guest.get(f"/media/{second}/video") as shown:
        assert shown.status_code == 200
    for _ in range(2):  # pressed twice
        assert post(coop, f"{at}/video/remove", page=at).status_code == 303
    assert guest.get(f"/media/{second}/video").status_code == 404
    assert "<video" not in guest.get(f"/p/{kiwi['listing']}").text
    assert db.session.scalar(select(func.count()).select_from(ListingVideo)) == 0
    # no backup has to find them
    assert names_of_files("x", MediaKind.PRIVATE_VIDEO) == []


def test_a_picture_is_no_video_and_a_video_no_picture(app: Flask, owner: Actor, kiwi: dict[str, int]) -> None:
    add_picture(owner, kiwi["listing"], picture(), "一筐")
    set_video(owner, kiwi["listing"], upload(mp4()))
    shown = db.session.scalars(select(Media.token).where(Media.kind == MediaKind.PICTURE)).one()
    guest = client_of(app)
    for address in (
        f"/media/{shown}/video",
        f"/media/{video_of(kiwi['listing'])}/640.webp",
        "/media/none/video",
        "/media/..%2f..%2fshop/video",
    ):
        assert guest.get(address).status_code == 404


def test_only_ones_own_listing(coop: Client, kiwi: dict[str, int]) -> None:
    other = build.saleable()
    own = f"/supplier/listings/{kiwi['listing']}"
    theirs = f"/supplier/listings/{other['listing']}/video"
    assert post(coop, theirs, page=own, video=(BytesIO(mp4()), "a.mp4")).status_code == 404
    assert post(coop, f"{theirs}/remove", page=own).status_code == 404
    assert kinds() == []


def test_the_platform_sees_it_beside_the_pictures(app: Flask, owner: Actor, kiwi: dict[str, int]) -> None:
    add_picture(owner, kiwi["listing"], picture(), "一筐猕猴桃")
    set_video(owner, kiwi["listing"], upload(mp4()))
    desk = client_of(app, build.admin()).get(f"/admin/listings/{kiwi['listing']}").text
    assert "一筐猕猴桃" in desk
    assert f'src="/media/{video_of(kiwi["listing"])}/video"' in desk
