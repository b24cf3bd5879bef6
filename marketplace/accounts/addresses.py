"""A member's saved delivery addresses: national, to the street. Encrypted at rest, shown to their owner only."""

from dataclasses import dataclass

from sqlalchemy import func, select, update

from marketplace.accounts.models import Address
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.regions.queries import find_region
from marketplace.regions.rules import RegionLevel

MAX_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """``street_code`` is a town-level region."""

    id: int
    recipient: str
    mobile: str
    street_code: str
    detail: str
    is_default: bool


_COLUMNS = columns_of(Address, SavedAddress)


def addresses_of(user_id: int) -> list[SavedAddress]:
    """A member's addresses, the default first."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(Address.user_id == user_id)
        .order_by(Address.is_default.desc(), Address.id.desc())
    )
    return [SavedAddress(*row) for row in rows]


def default_street(user_id: int) -> str | None:
    """The street or town of a member's default address; None for who has saved none."""
    return db.session.scalar(
        select(Address.street_code).where(Address.user_id == user_id, Address.is_default).limit(1)
    )


def get_address(user_id: int, address_id: int) -> SavedAddress:
    """Raises NotFound for one that is somebody else's or does not exist."""
    row = db.session.execute(
        select(*_COLUMNS).where(Address.id == address_id, Address.user_id == user_id)
    ).first()
    if row is None:
        raise NotFound
    return SavedAddress(*row)


def check_street(street_code: str) -> str:
    """The code, when it is a street or town parcels can be sent to. Raises InvalidInput ``address.street``."""
    region = find_region(street_code)
    if region is None or region.level is not RegionLevel.TOWN:
        raise InvalidInput("address.street", field="region")
    return region.code


@transactional
def save_address(
    user_id: int,
    recipient: str,
    mobile: str,
    street_code: str,
    detail: str,
    *,
    address_id: int | None = None,
    is_default: bool = False,
) -> int:
    """Add an address, or change one's own; the first one is the default. Raises NotFound, InvalidInput, Conflict."""
    check_street(street_code)
    if address_id is None:
        count = db.session.scalar(select(func.count()).where(Address.user_id == user_id)) or 0
        if count >= MAX_ADDRESSES:
            raise Conflict("address.too_many", maximum=MAX_ADDRESSES)
        address = Address(user_id=user_id, is_default=count == 0)
        db.session.add(address)
    else:
        address = _own(user_id, address_id)
    address.recipient, address.mobile = recipient, mobile
    address.street_code, address.detail = street_code, detail
    db.session.flush()
    if is_default:
        make_default(user_id, address.id)
    return address.id


@transactional
def make_default(user_id: int, address_id: int) -> None:
    """Raises NotFound."""
    _own(user_id, address_id)
    db.session.execute(
        update(Address).where(Address.user_id == user_id).values(is_default=Address.id == address_id)
    )


@transactional
def remove_address(user_id: int, address_id: int) -> None:
    """Delete an address for good; orders keep their own copy. Raises NotFound."""
    address = _own(user_id, address_id)
    was_default = address.is_default
    db.session.delete(address)
    db.session.flush()
    if was_default:
        newest = select(func.max(Address.id)).where(Address.user_id == user_id).scalar_subquery()
        db.session.execute(update(Address).where(Address.id == newest).values(is_default=True))


def _own(user_id: int, address_id: int) -> Address:
    address = db.session.get(Address, address_id)
    if address is None or address.user_id != user_id:
        raise NotFound
    return address
