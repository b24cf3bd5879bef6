"""Uploaded files: public pictures at three widths, public videos as they are, and private documents that only a guarded
route hands out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import Response, current_app, request, send_file, url_for
from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import FileStorage

from marketplace.kernel import clock, outbox
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base, db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.images import WIDTHS, check_header, check_shape, read_limited, render_widths
from marketplace.kernel.numbering import new_token
from marketplace.kernel.videos import MAX_BYTES as MAX_VIDEO_BYTES
from marketplace.kernel.videos import read_video

Upload = FileStorage

DELETE_VIDEO_TOPIC = "media.delete_video"
#: a backup that began before a video was taken down still finds its file
KEEP_TAKEN_DOWN = timedelta(days=1)


class MediaKind(StrEnum):
    PICTURE = "picture"
    PRIVATE_PICTURE = "private_picture"
    PDF = "pdf"
    MP4 = "mp4"
    WEBM = "webm"
    #: taken down: nobody is given it any more, and a day later its file is gone
    PRIVATE_VIDEO = "private_video"


#: what a browser is told a public video is
_VIDEO_TYPES = {MediaKind.MP4: "video/mp4", MediaKind.WEBM: "video/webm"}
_PICTURE_ENDINGS = tuple(f".{width}.webp" for width in WIDTHS)
_ENDINGS = {
    MediaKind.PICTURE: _PICTURE_ENDINGS,
    MediaKind.PRIVATE_PICTURE: _PICTURE_ENDINGS,
    MediaKind.PDF: (".pdf",),
    MediaKind.MP4: (".video",),
    MediaKind.WEBM: (".video",),
    MediaKind.PRIVATE_VIDEO: (),
}


class Media(Base):
    """One stored file; ``token`` names it in URLs and on disk, the uploader's file name is only shown."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[MediaKind] = mapped_column(enum_type(MediaKind))
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    uploaded_by: Mapped[int | None]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


def _folder() -> Path:
    folder: Path = current_app.extensions["media_folder"]
    return folder


def _path(token: str, suffix: str) -> Path:
    return _folder() / token[:2] / f"{token}{suffix}"


def names_of_files(token: str, kind: MediaKind) -> list[str]:
    """The files of one upload that have to be there, relative to the media folder."""
    return [f"{token[:2]}/{token}{ending}" for ending in _ENDINGS[kind]]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(path.suffix + ".part")
    temporary.write_bytes(content)
    temporary.replace(path)


def store_picture(upload: FileStorage, actor_id: int | None, *, public: bool = True) -> Media:
    """Re-encode a picture at every width and remember it in the running transaction; raises InvalidInput. What is not
    for the shop may be of any shape: a proof is often a long screenshot."""
    if public:
        return keep_picture(render_picture(upload), actor_id)
    return store_picture_bytes(read_limited(upload.stream), upload.filename, actor_id, public=False)


def store_picture_bytes(
    content: bytes, filename: str | None, actor_id: int | None, *, public: bool = True
) -> Media:
    return keep_picture(_rendered(content, filename), actor_id, public=public)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture that is fit to be kept, and not kept yet; ``renderings`` are WebP by width."""

    content: bytes
    filename: str | None
    renderings: dict[int, bytes]
    width: int
    height: int


def render_picture(upload: FileStorage) -> Rendered:
    """Look at a picture for the shop and write nothing: of several files all are fit before the first is kept. Raises
    InvalidInput."""
    rendered = _rendered(read_limited(upload.stream), upload.filename)
    check_shape(rendered.width, rendered.height)
    return rendered


def _rendered(content: bytes, filename: str | None) -> Rendered:
    return Rendered(content, filename, *render_widths(content))


def keep_picture(picture: Rendered, actor_id: int | None, *, public: bool = True) -> Media:
    kind = MediaKind.PICTURE if public else MediaKind.PRIVATE_PICTURE
    media = _remember(kind, picture.content, picture.filename, actor_id)
    media.width, media.height = picture.width, picture.height
    for width, rendering in picture.renderings.items():
        _write(_path(media.token, f".{width}.webp"), rendering)
    return media


def show_in_public(tokens: Sequence[str], *, public: bool) -> None:
    """Let everybody see pictures, or nobody but through a guarded route; in the running transaction. Browsers that had
    one before keep it."""
    if tokens:
        kind = MediaKind.PICTURE if public else MediaKind.PRIVATE_PICTURE
        db.session.execute(
            update(Media)
            .where(Media.token.in_(tokens), Media.kind.in_((MediaKind.PICTURE, MediaKind.PRIVATE_PICTURE)))
            .values(kind=kind)
            .execution_options(synchronize_session=False)
        )


@dataclass(frozen=True, slots=True)
class Video:
    """A video that is fit to be kept, and not kept yet."""

    content: bytes
    filename: str | None
    kind: MediaKind


def accept_video(upload: FileStorage) -> Video:
    """Look at an upload and write nothing; raises InvalidInput."""
    form, kept = read_video(read_limited(upload.stream, MAX_VIDEO_BYTES))
    return Video(kept, upload.filename, MediaKind(form.value))


def keep_video(video: Video, actor_id: int | None) -> Media:
    """As it came, but for what says where it was taken; everybody may see it."""
    media = _remember(video.kind, video.content, video.filename, actor_id)
    _write(_path(media.token, ".video"), video.content)
    return media


def take_down_video(media_id: int) -> None:
    """Nobody is given it from now on, and the worker deletes its file; in the running transaction. Unlike a picture it
    is on no order."""
    db.session.get_one(Media, media_id).kind = MediaKind.PRIVATE_VIDEO
    outbox.enqueue(DELETE_VIDEO_TOPIC, {"media_id": media_id}, KEEP_TAKEN_DOWN)


def delete_video(payload: dict[str, Any]) -> None:
    """The worker's handler; may run twice without harm. The row stays: who handed in what is a record."""
    token = db.session.scalar(
        select(Media.token).where(Media.id == payload["media_id"], Media.kind == MediaKind.PRIVATE_VIDEO)
    )
    if token is not None:
        _path(token, ".video").unlink(missing_ok=True)


def store_document(upload: FileStorage, actor_id: int | None) -> Media:
    """A paper as PDF or picture, never public; raises InvalidInput."""
    return store_document_bytes(read_limited(upload.stream), upload.filename, actor_id)


def check_document(upload: FileStorage) -> None:
    """What a glance tells of a paper before it is stored, so that a form names it beside its other fields. Raises
    InvalidInput."""
    content = read_limited(upload.stream)
    upload.stream.seek(0)
    if not _is_pdf(content):
        check_header(content)


def _is_pdf(content: bytes) -> bool:
    if not content.startswith(b"%PDF-"):
        return False
    if b"%%EOF" not in content[-2048:]:
        raise InvalidInput("upload.broken_pdf")
    return True


def store_document_bytes(content: bytes, filename: str | None, actor_id: int | None) -> Media:
    if _is_pdf(content):
        media = _remember(MediaKind.PDF, content, filename, actor_id)
        _write(_path(media.token, ".pdf"), content)
        return media
    return store_picture_bytes(content, filename, actor_id, public=False)


def _remember(kind: MediaKind, content: bytes, filename: str | None, actor_id: int | None) -> Media:
    media = Media(
        token=new_token(),
        kind=kind,
        filename=(filename or "").replace("\x00", "")[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        uploaded_by=actor_id,
        uploaded_at=clock.now(),
    )
    db.session.add(media)
    db.session.flush()
    return media


def media_url(token: str | None, width: int = 640) -> str:
    """Address of a public picture; the drawn stand-in when there is none."""
    if token is None:
        return url_for("static", filename="no-picture.svg")
    # as ``url_for`` would write it: a page of cards has too many pictures to ask each time
    return f"{request.script_root}/media/{token}/{width}.webp"


def video_url(token: str) -> str:
    """Address of a public video."""
    return url_for("media.video", token=token)


def send_document(media: Media, width: int = WIDTHS[-1]) -> Response:
    """The file of a private document or picture, a picture at one of ``WIDTHS``; the caller has checked who asks."""
    if media.kind is MediaKind.PDF:
        path, mimetype, name = _path(media.token, ".pdf"), "application/pdf", "document.pdf"
    else:
        path, mimetype, name = _path(media.token, f".{width}.webp"), "image/webp", "picture.webp"
    if not path.exists() or width not in WIDTHS:
        raise NotFound
    response = send_file(path, mimetype=mimetype, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def show_picture(token: str, width: int) -> Response:
    """View: a public picture. The address names the content, so it may be kept for ever."""
    kind = db.session.scalar(select(Media.kind).where(Media.token == token))
    path = _path(token, f".{width}.webp")
    if kind is not MediaKind.PICTURE or width not in WIDTHS or not path.exists():
        raise NotFound
    response = send_file(path, mimetype="image/webp", max_age=365 * 86400)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def show_video(token: str) -> Response:
    """View: a public video, whole or the part asked for (RFC 9110 Range). It may be taken down, so it is asked for
    again each day."""
    kind = db.session.scalar(select(Media.kind).where(Media.token == token))
    path = _path(token, ".video")
    if kind not in _VIDEO_TYPES or not path.exists():
        raise NotFound
    response = send_file(path, mimetype=_VIDEO_TYPES[kind], conditional=True, max_age=86400)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def files_to_take(user_id: int) -> list[dict[str, str]]:
    """What a person handed in under which name and when, newest first, for the file of their own data."""
    rows = db.session.execute(
        select(Media.filename, Media.uploaded_at)
        .where(Media.uploaded_by == user_id)
        .order_by(Media.id.desc())
    )
    return [{"文件名": name, "时间": clock.written(at)} for name, at in rows]
