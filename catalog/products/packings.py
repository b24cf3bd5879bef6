"""Writing packings, one or many at once, all or none: the form of one, a supplier's table of all and its workbook come
to the same checks. Every command checks that the listing is the actor's; a foreign one is NotFound.

Amounts are fen, weights grams.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy import select

from catalog.products import axis_rules, pricing, rules
from catalog.products.commands import refresh_projection, touched
from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.own_queries import facts_of
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.queries import visit_categories
from catalog.products.rules import SkuFacts
from catalog.products.selling_rules import ORDINARY, Selling, check_selling
from catalog.products.workflow import ListingState
from certification.products.models import DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional


@dataclass(frozen=True, slots=True)
class SkuEdit:
    """A packing as it shall be; ``sku_id`` None adds one. ``seen`` is the fingerprint of what the person who changes it
    had before him; None changes it whatever it says now."""

    listing_id: int
    sku_id: int | None
    facts: SkuFacts
    seen: str | None = None


class PackingsRefused(InvalidInput):
    """``errors``: what is wrong with which edit, by its place in the sequence; an edit may have several."""

    def __init__(self, errors: Sequence[tuple[int, DomainError]]) -> None:
        super().__init__("listing.packings_refused", count=len(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Saved:
    sku_id: int
    is_changed: bool


@transactional
def save_sku(
    actor: Actor,
    listing_id: int,
    sku_id: int | None,
    *,
    name: str,
    grams: int,
    price_fen: int,
    is_active: bool = True,
    selling: Selling = ORDINARY,
    picture_id: int | None = None,
) -> int:
    """Add a packing (``sku_id`` None) or change one; returns its id. Raises NotFound, and the first of the errors that
    ``save_packings`` would name."""
    facts = SkuFacts(name, grams, price_fen, is_active, selling, picture_id)
    try:
        [saved] = save_packings(actor, [SkuEdit(listing_id, sku_id, facts)])
    except PackingsRefused as refused:
        raise refused.errors[0][1] from None
    return saved.sku_id


@transactional
def save_packings(actor: Actor, edits: Sequence[SkuEdit]) -> list[Saved]:
    """Add and change packings, all of them or none; what says already what it shall is left alone.

    Raises NotFound for a foreign listing or packing. Raises PackingsRefused with, each at its field,
    ``listing.price_below_floor`` and ``listing.price_above_ceiling`` where the price can't carry what households were
    promised, ``listing.sku_name_taken``, ``listing.last_sku`` for the last one of a listing on sale,
    ``listing.changed_meanwhile`` where the packing is not as it was seen, ``listing.sku_two_words`` where the listing
    is chosen by two lists of words and the name is not one of each, ``listing.sku_picture`` for a picture of another
    listing, and what ``rules`` refuse.
    """
    shelf = _load(actor, edits, lock=True)
    errors = list(shelf.faults())
    if errors:
        raise PackingsRefused(errors)
    saved, changed = [], set()
    for edit in shelf.edits:
        sku = shelf.sku(edit)
        if sku is not None and facts_of(sku) == edit.facts:
            saved.append(Saved(sku.id, is_changed=False))
            continue
        siblings = shelf.siblings[edit.listing_id]
        written = _write(actor, edit, sku, position=len(siblings))
        if sku is None:
            siblings.append(written)
        changed.add(edit.listing_id)
        saved.append(Saved(written.id, is_changed=True))
    for product_id in sorted({shelf.listings[listing_id].product_id for listing_id in changed}):
        refresh_projection(product_id)
    for listing_id in sorted(changed):
        touched(shelf.listings[listing_id])
    return saved


def check_packings(actor: Actor, edits: Sequence[SkuEdit]) -> list[tuple[int, DomainError]]:
    """What ``save_packings`` would refuse now. Raises NotFound as it does."""
    return list(_load(actor, edits, lock=False).faults())


def check_new(product_id: int, packings: Sequence[SkuFacts]) -> list[tuple[int, DomainError]]:
    """What would be refused of the packings of a listing that is yet to be made."""
    category = select(DeclaredProduct.category_code).where(DeclaredProduct.id == product_id)
    if db.session.scalar(category) in visit_categories():
        return [(place, _by_date()) for place in range(len(packings))]
    bounds = pricing.bounds([product_id], [], PLATFORM_FEE_BP.get())
    edits = [(place, SkuEdit(0, None, facts)) for place, facts in enumerate(packings)]
    return list(_faults(product_id, is_on_sale=False, axes=(), siblings=[], edits=edits, bounds=bounds))


def _by_date() -> Conflict:
    return Conflict("listing.by_date", field="name")


def _write(actor: Actor, edit: SkuEdit, sku: Sku | None, position: int) -> Sku:
    facts = edit.facts
    if sku is None:
        sku = Sku(listing_id=edit.listing_id, position=position)
    sku.name, sku.grams, sku.price_fen = facts.name, facts.grams, facts.price_fen
    sku.is_active, sku.picture_id = facts.is_active, facts.picture_id
    for name, value in asdict(facts.selling).items():
        setattr(sku, name, value)
    db.session.add(sku)
    db.session.flush()
    detail = {"sku_id": sku.id, "price_fen": facts.price_fen}
    audit.record(actor.user_id, "listing.sku", "listing", edit.listing_id, detail)
    return sku


@dataclass(slots=True)
class _Shelf:
    """The listings that edits are about, with all their packings."""

    edits: Sequence[SkuEdit]
    listings: Mapping[int, Listing]
    siblings: Mapping[int, list[Sku]]
    #: codes of the categories whose packings are dates
    visited: Collection[str]
    bounds: pricing.Bounds
    #: (listing, picture) of the pictures that edits name
    pictures: Collection[tuple[int, int]]
    _by_id: dict[int, Sku] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {sku.id: sku for skus in self.siblings.values() for sku in skus}

    def sku(self, edit: SkuEdit) -> Sku | None:
        """The packing that is changed; None for a new one. Raises NotFound for one of another listing."""
        if edit.sku_id is None:
            return None
        sku = self._by_id.get(edit.sku_id)
        if sku is None or sku.listing_id != edit.listing_id:
            raise NotFound
        return sku

    def faults(self) -> Iterator[tuple[int, DomainError]]:
        of_listing = defaultdict(list)
        for place, edit in enumerate(self.edits):
            self.sku(edit)
            if edit.facts.picture_id and (edit.listing_id, edit.facts.picture_id) not in self.pictures:
                yield place, InvalidInput("listing.sku_picture", field="picture_id")
            of_listing[edit.listing_id].append((place, edit))
        for listing_id, edits in of_listing.items():
            listing = self.listings[listing_id]
            if listing.category_code in self.visited:
                yield from ((place, _by_date()) for place, _ in edits)
                continue
            yield from _faults(
                listing.product_id,
                is_on_sale=listing.state is ListingState.ON_SALE,
                axes=listing.axes,
                siblings=self.siblings[listing_id],
                edits=edits,
                bounds=self.bounds,
            )


def _load(actor: Actor, edits: Sequence[SkuEdit], *, lock: bool) -> _Shelf:
    ids = sorted({edit.listing_id for edit in edits})
    asked = select(Listing).where(Listing.id.in_(ids)).order_by(Listing.id)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    listings = {listing.id: listing for listing in db.session.scalars(asked)}
    if any(
        listing_id not in listings or not actor.acts_for_supplier(listings[listing_id].supplier_id)
        for listing_id in ids
    ):
        raise NotFound
    siblings: dict[int, list[Sku]] = {listing_id: [] for listing_id in ids}
    skus = select(Sku).where(Sku.listing_id.in_(ids)).order_by(Sku.position, Sku.id)
    for sku in db.session.scalars(skus.execution_options(populate_existing=lock)):
        siblings[sku.listing_id].append(sku)
    products = {listing.product_id for listing in listings.values()}
    skus_changed = [edit.sku_id for edit in edits if edit.sku_id is not None]
    return _Shelf(
        [_spelled(edit, listings[edit.listing_id].axes) for edit in edits],
        listings,
        siblings,
        visit_categories(),
        pricing.bounds(products, skus_changed, PLATFORM_FEE_BP.get()),
        _pictures(edits),
    )


def _spelled(edit: SkuEdit, axes: Sequence[str]) -> SkuEdit:
    return (
        replace(edit, facts=replace(edit.facts, name=axis_rules.spelled(edit.facts.name))) if axes else edit
    )


def _pictures(edits: Sequence[SkuEdit]) -> set[tuple[int, int]]:
    named = {edit.facts.picture_id for edit in edits if edit.facts.picture_id is not None}
    if not named:
        return set()
    asked = select(ListingPicture.listing_id, ListingPicture.id).where(ListingPicture.id.in_(named))
    return {(row[0], row[1]) for row in db.session.execute(asked)}


def _faults(
    product_id: int,
    *,
    is_on_sale: bool,
    axes: Sequence[str],
    siblings: Collection[Sku],
    edits: Sequence[tuple[int, SkuEdit]],
    bounds: pricing.Bounds,
) -> Iterator[tuple[int, DomainError]]:
    """What is wrong with edits of one listing: each by itself, then all of them together."""
    holder_of = {sku.name: sku.id for sku in siblings}
    before = {sku.id: sku for sku in siblings}
    named: set[str] = set()
    for place, edit in edits:
        facts, now = edit.facts, before.get(edit.sku_id or 0)
        faults = _own_faults(facts, now, axes)
        # a name that another packing gives up in the same breath is taken too: one step after the other
        if holder_of.get(facts.name, edit.sku_id) != edit.sku_id or facts.name in named:
            faults.append(InvalidInput("listing.sku_name_taken", field="name"))
        named.add(facts.name)
        if not any(fault.field == "price_fen" for fault in faults):
            faults += bounds.faults(product_id, edit.sku_id, facts.price_fen)
        if now is not None and edit.seen not in (None, facts_of(now).fingerprint):
            changed = {"name": now.name, "price_fen": now.price_fen}
            faults.insert(0, Conflict("listing.changed_meanwhile", field="name", **changed))
        yield from ((place, fault) for fault in faults)
    yield from _faults_together(siblings, edits, is_on_sale=is_on_sale)


def _own_faults(facts: SkuFacts, now: Sku | None, axes: Sequence[str]) -> list[DomainError]:
    """What is wrong with a packing whatever the others are; ``now`` is what it is before."""
    today = clock.today()
    faults: list[DomainError] = [*rules.sku_faults(facts.name, facts.grams, facts.price_fen)]
    if axes and axis_rules.words_of(facts.name) is None:
        first, second = axes
        faults.append(InvalidInput("listing.sku_two_words", field="name", first=first, second=second))
    try:
        check_selling(facts.selling, facts.grams, today)
    except InvalidInput as error:
        faults.append(error)
    # one that has come to its end stays with its packing; nobody means to begin one that is over
    until = facts.selling.presale_until
    if until is not None and until < today and (now is None or now.presale_until != until):
        faults.append(InvalidInput("listing.presale_over", field="presale_until"))
    return faults


def _faults_together(
    siblings: Collection[Sku], edits: Sequence[tuple[int, SkuEdit]], *, is_on_sale: bool
) -> Iterator[tuple[int, DomainError]]:
    """Too many, or none left that can be bought."""
    new = [(place, edit) for place, edit in edits if edit.sku_id is None]
    for place, _ in new[max(0, rules.MAX_SKUS - len(siblings)) :]:
        yield place, InvalidInput("listing.too_many_skus", field="name", maximum=rules.MAX_SKUS)
    stay = {sku.id: sku.is_active for sku in siblings}
    stay.update({edit.sku_id: edit.facts.is_active for _, edit in edits if edit.sku_id is not None})
    still_active = any(stay.values()) or any(edit.facts.is_active for _, edit in new)
    if is_on_sale and not still_active:
        yield edits[-1][0], Conflict("listing.last_sku", field="is_active")
