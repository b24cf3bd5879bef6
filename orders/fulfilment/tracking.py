"""Where a parcel was seen: noted by hand, taken from a carrier's table, or told by a program through the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidFields, InvalidInput, NotFound
from marketplace.kernel.spreadsheets import BadCell, Column, Sheet, at_most, read_sheet
from marketplace.kernel.transaction import transactional
from orders.fulfilment.models import Delivery, TrackingEntry
from orders.fulfilment.rules import TrackingSource
from orders.ordering.models import Order

MAX_TEXT = 100
#: what is wrong with a sighting of many, by its field
WORDS_OF = {"tracking_number": "没有登记过这个运单", "at": "早于发货或晚于现在", "text": "太短"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting of the parcel with this number."""

    tracking_number: str
    at: datetime
    text: str


@transactional
def note_seen(actor: Actor, delivery_id: int, at: datetime, text: str) -> None:
    """By hand. Raises NotFound for another supplier's parcel, InvalidInput at ``at`` or ``text``."""
    row = db.session.execute(
        select(Delivery, Order.supplier_id)
        .join(Order, Order.id == Delivery.order_id)
        .where(Delivery.id == delivery_id)
    ).first()
    if row is None or not actor.acts_for_supplier(row[1]):
        raise NotFound
    _add(row[0], _checked(row[0], at, text), TrackingSource.HAND, actor.user_id)


def _checked(delivery: Delivery, at: datetime, text: str) -> Seen:
    said = " ".join(text.split())[:MAX_TEXT]
    if len(said) < 2:
        raise InvalidInput("fulfilment.seen_text", field="text")
    # a label may be printed and scanned before the clerk writes the parcel down
    if not delivery.shipped_at - timedelta(days=1) <= at <= clock.now() + timedelta(minutes=5):
        raise InvalidInput("fulfilment.seen_at", field="at")
    return Seen(delivery.tracking_number, at, said)


def _add(delivery: Delivery, seen: Seen, source: TrackingSource, actor_id: int | None) -> bool:
    """False when it is known."""
    known = select(TrackingEntry.id).where(
        TrackingEntry.delivery_id == delivery.id,
        TrackingEntry.at == seen.at,
        TrackingEntry.text == seen.text,
    )
    if db.session.scalar(known) is not None:
        return False
    db.session.add(
        TrackingEntry(
            delivery_id=delivery.id,
            at=seen.at,
            text=seen.text,
            source=source,
            told_at=clock.now(),
            told_by=actor_id,
        )
    )
    db.session.flush()
    return True


def _own_parcels(actor: Actor, numbers: Sequence[str]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for delivery in db.session.scalars(
        select(Delivery)
        .join(Order, Order.id == Delivery.order_id)
        .where(Delivery.tracking_number.in_(set(numbers)), Order.supplier_id.in_(actor.supplier_ids))
        .order_by(Delivery.id)
    ):
        found.setdefault(delivery.tracking_number, []).append(delivery)
    return found


@transactional
def tell_seen(actor: Actor, seen: Sequence[Seen], source: TrackingSource) -> int:
    """Sightings of the actor's own parcels; known ones change nothing. Returns how many were new.

    Raises InvalidFields by place in ``seen`` (``"0.tracking_number"``, ``"0.at"``, ``"0.text"``); nothing is kept then.
    """
    parcels = _own_parcels(actor, [each.tracking_number for each in seen])
    problems: dict[str, list[str]] = {}
    new = 0
    for index, each in enumerate(seen):
        if each.tracking_number not in parcels:
            problems[f"{index}.tracking_number"] = [WORDS_OF["tracking_number"]]
        for delivery in parcels.get(each.tracking_number, ()):
            try:
                new += _add(delivery, _checked(delivery, each.at, each.text), source, actor.user_id)
            except InvalidInput as error:
                problems[f"{index}.{error.field}"] = [WORDS_OF[str(error.field)]]
    if problems:
        raise InvalidFields(problems)
    return new


def _read_moment(text: str) -> datetime:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=clock.BUSINESS_ZONE)
        except ValueError:
            continue
    raise BadCell(f"“{text[:20]}”不是时间，请写成 2026-11-25 14:30")


COLUMNS = (
    Column("number", "运单号", at_most(40), example="SF1234567890123"),
    Column("at", "时间", _read_moment, example="2026-11-25 14:30"),
    Column("text", "物流", at_most(MAX_TEXT), example="到达西安转运中心"),
)


def read_table(actor: Actor, data: bytes) -> tuple[Sheet, int]:
    """A carrier's table of sightings, whole or not at all. Returns what was read, and how many were new.

    Raises InvalidInput at ``file``.
    """
    sheet = read_sheet(data, COLUMNS)
    parcels = _own_parcels(actor, [str(row.values["number"]) for row in sheet.rows])
    for row in sheet.rows:
        _check_row(
            sheet, row.number, parcels.get(str(row.values["number"])), row.values["at"], row.values["text"]
        )
    if sheet.errors:
        return sheet, 0
    seen = [Seen(str(row.values["number"]), row.values["at"], str(row.values["text"])) for row in sheet.rows]
    return sheet, tell_seen(actor, seen, TrackingSource.TABLE)


def _check_row(sheet: Sheet, number: int, parcels: list[Delivery] | None, at: datetime, text: str) -> None:
    if parcels is None:
        sheet.refuse(number, "运单号", WORDS_OF["tracking_number"])
        return
    try:
        _checked(parcels[0], at, str(text))
    except InvalidInput as error:
        sheet.refuse(number, "时间" if error.field == "at" else "物流", WORDS_OF[str(error.field)])


@dataclass(frozen=True, slots=True)
class EntryFacts:
    at: datetime
    text: str


def entries_of(delivery_ids: Sequence[int]) -> dict[int, list[EntryFacts]]:
    """By parcel, the newest first. One query, none without parcels."""
    found: dict[int, list[EntryFacts]] = {}
    if delivery_ids:
        for delivery_id, at, text in db.session.execute(
            select(TrackingEntry.delivery_id, TrackingEntry.at, TrackingEntry.text)
            .where(TrackingEntry.delivery_id.in_(delivery_ids))
            .order_by(TrackingEntry.at.desc(), TrackingEntry.id.desc())
        ):
            found.setdefault(delivery_id, []).append(EntryFacts(at, text))
    return found
