"""图片库: the pictures a supplier has at hand for its listings. A listing's own pictures and their words are in
``pictures``; what goes through there is kept here by itself, so no picture of a listing is missing from the library."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select

from catalog.products import rules
from catalog.products.models import Listing, ListingPicture, SupplierPicture
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Media, Rendered, Upload, keep_picture, render_picture
from marketplace.kernel.paging import Page, offset_of
from marketplace.kernel.transaction import transactional

PER_PAGE = 24


class UnfitPictures(InvalidInput):
    """Of files sent at once some are no pictures, and none was kept. ``errors``: what is wrong, by place from 1."""

    def __init__(self, errors: dict[int, InvalidInput]) -> None:
        super().__init__("pictures.unfit", field="files")
        self.errors = errors


def add_pictures(
    actor: Actor, supplier_id: int, uploads: Sequence[Upload], names: Sequence[str]
) -> list[int]:
    """Put pictures in the library, all or none, each with its name; returns their ids.

    Raises NotFound for a foreign supplier, UnfitPictures, InvalidInput at ``files`` or ``name``.
    """
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    if not 1 <= len(uploads) <= rules.MAX_PICTURES_AT_ONCE:
        raise InvalidInput("pictures.count", field="files", maximum=rules.MAX_PICTURES_AT_ONCE)
    for name in names:
        rules.check_alt(name, "name")
    fit, errors = list[Rendered](), dict[int, InvalidInput]()
    for place, upload in enumerate(uploads, 1):
        try:
            fit.append(render_picture(upload))
        except InvalidInput as error:
            errors[place] = error
    if errors:
        raise UnfitPictures(errors)
    return _keep(actor, supplier_id, fit, names)  # rendering takes seconds, in which others write


@transactional
def _keep(actor: Actor, supplier_id: int, fit: Sequence[Rendered], names: Sequence[str]) -> list[int]:
    kept = [keep_picture(each, actor.user_id) for each in fit]
    ids = [put_in(supplier_id, media, name) for media, name in zip(kept, names, strict=True)]
    audit.record(actor.user_id, "picture.add", "supplier", supplier_id, {"pictures": ids})
    return ids


def put_in(supplier_id: int, media: Media, name: str) -> int:
    """A new picture of the supplier's, in the running transaction."""
    picture = SupplierPicture(supplier_id=supplier_id, media_id=media.id, name=name, added_at=clock.now())
    db.session.add(picture)
    db.session.flush()
    return picture.id


def _own(actor: Actor, picture_id: int) -> SupplierPicture:
    """Held until the transaction ends, so that no listing takes up what is being deleted."""
    picture = db.session.scalar(
        select(SupplierPicture).where(SupplierPicture.id == picture_id).with_for_update()
    )
    if picture is None or not actor.acts_for_supplier(picture.supplier_id):
        raise NotFound
    return picture


@transactional
def rename_picture(actor: Actor, picture_id: int, name: str) -> None:
    """Listings that use it keep their own words. Raises NotFound, InvalidInput at ``name``."""
    picture = _own(actor, picture_id)
    rules.check_alt(name, "name")
    picture.name = name
    audit.record(actor.user_id, "picture.rename", "supplier_picture", picture_id, {"name": name})


@transactional
def delete_picture(actor: Actor, picture_id: int) -> None:
    """Out of the library; its file stays, for the orders that show it.

    Raises NotFound, Conflict ``pictures.in_use`` while a listing shows it.
    """
    picture = _own(actor, picture_id)
    users = len(listings_with(picture.supplier_id, picture_id))
    if users:
        raise Conflict("pictures.in_use", users=users)
    db.session.execute(delete(SupplierPicture).where(SupplierPicture.id == picture_id))
    audit.record(actor.user_id, "picture.delete", "supplier_picture", picture_id, {"media": picture.media_id})


def taken(supplier_id: int, picture_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """(media id, name) by id, held until the transaction ends. Raises NotFound where one is not the supplier's."""
    rows = db.session.execute(
        select(SupplierPicture.id, SupplierPicture.media_id, SupplierPicture.name)
        .where(SupplierPicture.id.in_(list(picture_ids)), SupplierPicture.supplier_id == supplier_id)
        .with_for_update()
    )
    found = {row[0]: (row[1], row[2]) for row in rows}
    if found.keys() != set(picture_ids):
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """``uses``: how many of the supplier's listings show it. ``width`` and ``height`` in pixels, as uploaded."""

    picture_id: int
    token: str
    name: str
    width: int
    height: int
    added_at: datetime
    uses: int


def library_page(
    supplier_id: int, words: str = "", page: int = 1, *, besides: int | None = None, per_page: int = PER_PAGE
) -> Page[LibraryRow]:
    """Pictures whose name has ``words`` in it, the newest first; none that the listing ``besides`` shows already. Two
    statements."""
    criteria = [SupplierPicture.supplier_id == supplier_id]
    if words:
        criteria.append(SupplierPicture.name.contains(words, autoescape=True))
    if besides is not None:
        criteria.append(
            SupplierPicture.media_id.not_in(
                select(ListingPicture.media_id).where(ListingPicture.listing_id == besides)
            )
        )
    total = db.session.scalar(select(func.count()).select_from(SupplierPicture).where(*criteria)) or 0
    rows = db.session.execute(
        _rows(supplier_id)
        .where(*criteria)
        .order_by(SupplierPicture.added_at.desc(), SupplierPicture.id.desc())
        .offset(offset_of(page, per_page))
        .limit(per_page)
    )
    return Page([LibraryRow(*row) for row in rows], page, total, per_page)


def get_picture(supplier_id: int, picture_id: int) -> LibraryRow:
    """Raises NotFound for one that is not the supplier's."""
    row = db.session.execute(
        _rows(supplier_id).where(SupplierPicture.id == picture_id, SupplierPicture.supplier_id == supplier_id)
    ).first()
    if row is None:
        raise NotFound
    return LibraryRow(*row)


def _rows(supplier_id: int) -> Select[*tuple[Any, ...]]:
    uses = (
        select(func.count(func.distinct(ListingPicture.listing_id)))
        .select_from(ListingPicture)
        .join(Listing, Listing.id == ListingPicture.listing_id)
        .where(ListingPicture.media_id == SupplierPicture.media_id, Listing.supplier_id == supplier_id)
        .correlate(SupplierPicture)
        .scalar_subquery()
    )
    return select(
        SupplierPicture.id,
        Media.token,
        SupplierPicture.name,
        Media.width,
        Media.height,
        SupplierPicture.added_at,
        uses,
    ).join(Media, Media.id == SupplierPicture.media_id)


def listings_with(supplier_id: int, picture_id: int) -> list[tuple[int, str]]:
    """(id, title) of the supplier's listings that show it, the last changed first."""
    rows = db.session.execute(
        select(Listing.id, Listing.title)
        .where(
            Listing.supplier_id == supplier_id,
            Listing.id.in_(
                select(ListingPicture.listing_id)
                .join(SupplierPicture, SupplierPicture.media_id == ListingPicture.media_id)
                .where(SupplierPicture.id == picture_id)
            ),
        )
        .order_by(Listing.updated_at.desc(), Listing.id.desc())
    )
    return [(row[0], row[1]) for row in rows]
