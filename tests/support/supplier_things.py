"""Objects of admission for the access walk: accounts to be changed, pilots whose household is to be confirmed."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from catalog.products.models import Listing, SupplierPicture
from catalog.products.videos import set_video
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.media import Media, MediaKind
from marketplace.parties.models import BankChange, LicenceChange, PilotHousehold, Supplier
from marketplace.parties.workflow import SupplierState
from tests.factories.videos import mp4, upload
from tests.support.access_rules import Thing


def bank_changes() -> Iterator[Thing]:
    """A household's has another address and another judge; under this one it does not exist."""
    for row in db.session.scalars(select(BankChange)):
        yield Thing({"change_id": row.id}, supplier=row.supplier_id, ours=row.supplier_id is not None)


def licence_changes() -> Iterator[Thing]:
    for row in db.session.scalars(select(LicenceChange)):
        yield Thing({"change_id": row.id}, supplier=row.supplier_id)


def _pilots() -> Sequence[Supplier]:
    query = select(Supplier).join(PilotHousehold, PilotHousehold.supplier_id == Supplier.id)
    return db.session.scalars(query).all()


def waiting_pilots() -> Iterator[Thing]:
    """For the village; one that is still being filled in is its owner's alone."""
    for row in _pilots():
        handed_in = row.state is SupplierState.SUBMITTED
        args = {"supplier_id": row.id, "action": "refuse"}
        yield Thing(args, region=row.village_code, submitted=handed_in)


def handed_in_pilots() -> Iterator[Thing]:
    return (
        Thing({"supplier_id": row.id}, region=row.village_code)
        for row in _pilots()
        if row.state is SupplierState.SUBMITTED
    )


def pictures() -> Iterator[Thing]:
    query = select(SupplierPicture.id, Supplier.id, Supplier.village_code)
    joined = query.join(Supplier, Supplier.id == SupplierPicture.supplier_id)
    for picture_id, supplier_id, region in db.session.execute(joined):
        yield Thing({"picture_id": picture_id}, supplier=supplier_id, region=region)


def videos() -> Iterator[Thing]:
    for token, kind in db.session.execute(select(Media.token, Media.kind)):
        yield Thing({"token": token}, ours=kind in {MediaKind.MP4, MediaKind.WEBM})


def film_something(owner: Actor) -> None:
    """A video for a listing of theirs, for the demo has none."""
    listing_id = db.session.scalars(
        select(Listing.id).where(Listing.supplier_id.in_(owner.supplier_ids))
    ).first()
    assert listing_id is not None
    set_video(owner, listing_id, upload(mp4()))
