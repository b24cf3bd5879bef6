"""强制下架: the platform takes a listing off sale with a reason on record, and ends that again.

Placed orders go on: like every other off-sale state it only keeps new buyers away. The supplier is told both times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select

from catalog.products import pricing, rules
from catalog.products.commands import refresh_projection, touched
from catalog.products.models import Listing, Withholding
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.queries import visible_clause
from catalog.products.workflow import LISTING, ListingState
from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import sellers_of
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.paging import Page, offset_of
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties.models import Supplier


@transactional
def withhold(actor: Actor, listing_id: int, reason: str) -> None:
    """Take a listing off sale. Raises Forbidden, NotFound, InvalidInput at ``reason``, Conflict
    ``moderation.not_offered`` for a draft or one withheld already."""
    listing = _locked(actor, listing_id)
    rules.check_reason(reason)
    if listing.state not in (ListingState.ON_SALE, ListingState.OFF_SALE):
        raise Conflict("moderation.not_offered")
    db.session.add(
        Withholding(
            listing_id=listing_id,
            reason=reason,
            was_on_sale=listing.state is ListingState.ON_SALE,
            at=clock.now(),
            by=actor.user_id,
        )
    )
    listing.state = LISTING.next(listing.state, "withhold")
    touched(listing)
    audit.record(actor.user_id, "listing.withhold", "listing", listing_id, reason=reason)
    _tell(
        listing,
        f"平台下架了“{listing.title}”",
        f"理由：{reason} 改好以后请联系平台恢复；已经下的单照常发货。",
    )


@transactional
def show_again(actor: Actor, listing_id: int, reason: str) -> ListingState:
    """End it: on sale again where it was on sale and nothing is missing by now, else off sale for its supplier to put
    up; returns which. Raises Forbidden, NotFound, InvalidInput at ``reason``, Conflict ``moderation.not_withheld``."""
    listing = _locked(actor, listing_id)
    rules.check_reason(reason)
    if listing.state is not ListingState.WITHHELD:
        raise Conflict("moderation.not_withheld")
    held = db.session.scalars(
        select(Withholding).where(Withholding.listing_id == listing_id, Withholding.ended_at.is_(None))
    ).one()
    held.ended_at, held.ended_by, held.end_reason = clock.now(), actor.user_id, reason
    ready = not rules.blockers(pricing.readiness(listing_id, PLATFORM_FEE_BP.get()))
    on_sale = held.was_on_sale and ready
    refresh_projection(listing.product_id)
    listing.state = LISTING.next(listing.state, "show_again" if on_sale else "leave_off_sale")
    touched(listing)
    audit.record(actor.user_id, "listing.show_again", "listing", listing_id, reason=reason)
    what_now = "现在又在卖了。" if on_sale else "现在是下架状态，您可以自己上架。"
    _tell(listing, f"平台恢复了“{listing.title}”", f"说明：{reason} {what_now}")
    return listing.state


def _locked(actor: Actor, listing_id: int) -> Listing:
    if not actor.has_role(Role.ADMIN):
        raise Forbidden
    listing = db.session.get(Listing, listing_id, with_for_update=True, populate_existing=True)
    if listing is None:
        raise NotFound
    return listing


def _tell(listing: Listing, subject: str, text: str) -> None:
    tell(
        Topic.ADMISSION,
        sellers_of(listing.supplier_id),
        subject,
        text,
        endpoint="supplier.listing",
        params={"listing_id": listing.id},
    )


@dataclass(frozen=True, slots=True)
class Held:
    """One time the platform took it off; ``ended_at`` None while it lasts."""

    reason: str
    at: datetime
    ended_at: datetime | None
    end_reason: str


def holdings_of(listing_id: int) -> list[Held]:
    """Newest first. Whose it is the caller checks."""
    rows = db.session.execute(
        select(Withholding.reason, Withholding.at, Withholding.ended_at, Withholding.end_reason)
        .where(Withholding.listing_id == listing_id)
        .order_by(Withholding.id.desc())
        .limit(20)
    )
    return [Held(*row) for row in rows]


class Wanted(StrEnum):
    """What the desk's list is narrowed to. STOPPED: on sale by its supplier, but not shown: certificate, terms or the
    supplier's admission."""

    ALL = ""
    SHOWN = "shown"
    STOPPED = "stopped"
    OFF = "off_sale"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A listing as the platform's desk lists it; ``reason`` of the withholding that lasts, if any."""

    listing_id: int
    title: str
    supplier_id: int
    supplier_name: str
    state: ListingState
    shown: bool
    cover_token: str | None
    price_fen: int
    sold_units: int
    reason: str | None
    held_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Words of the title or of the supplier's name, the supplier, what state."""

    words: str = ""
    supplier_id: int | None = None
    wanted: Wanted = Wanted.ALL


_STATES: Mapping[Wanted, Sequence[ListingState]] = {
    Wanted.ALL: (ListingState.ON_SALE, ListingState.OFF_SALE, ListingState.WITHHELD),
    Wanted.SHOWN: (ListingState.ON_SALE,),
    Wanted.STOPPED: (ListingState.ON_SALE,),
    Wanted.OFF: (ListingState.OFF_SALE,),
    Wanted.WITHHELD: (ListingState.WITHHELD,),
}


def _criteria(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Listing.state.in_(_STATES[asked.wanted])]
    if asked.wanted is Wanted.SHOWN:
        found.append(visible_clause())
    if asked.wanted is Wanted.STOPPED:
        found.append(~visible_clause())
    if asked.words:
        found.append(
            Listing.title.contains(asked.words, autoescape=True)
            | Supplier.name.contains(asked.words, autoescape=True)
        )
    if asked.supplier_id is not None:
        found.append(Listing.supplier_id == asked.supplier_id)
    return found


_ROW = (
    Listing.id,
    Listing.title,
    Listing.supplier_id,
    Supplier.name,
    Listing.state,
    Listing.cover_token,
    Listing.from_price_fen,
    Listing.sold_units,
    Withholding.reason,
    Withholding.at,
)
_OPEN = (Withholding.listing_id == Listing.id) & Withholding.ended_at.is_(None)


def desk_page(asked: Asked, page: int) -> Page[DeskRow]:
    """Listings ever offered, the last changed first; drafts are their suppliers' own business. Two statements."""
    criteria = _criteria(asked)
    total = db.session.scalar(
        select(func.count())
        .select_from(Listing)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .where(*criteria)
    )
    rows = db.session.execute(
        select(*_ROW[:5], visible_clause(), *_ROW[5:])
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .outerjoin(Withholding, _OPEN)
        .where(*criteria)
        .order_by(Listing.updated_at.desc(), Listing.id.desc())
        .offset(offset_of(page))
        .limit(20)
    )
    return Page([DeskRow(*row) for row in rows], page, total or 0)


def get_offered(listing_id: int) -> DeskRow:
    """Raises NotFound for a draft."""
    row = db.session.execute(
        select(*_ROW[:5], visible_clause(), *_ROW[5:])
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .outerjoin(Withholding, _OPEN)
        .where(Listing.id == listing_id, Listing.state != ListingState.DRAFT)
    ).first()
    if row is None:
        raise NotFound
    return DeskRow(*row)
