"""Making and stopping coupons; taking one when an order is placed, giving it back when the order is cancelled."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.pricing import carried_by, packings_on_sale
from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock, events
from marketplace.kernel.db import db, insert_rows
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from orders.coupons.events import OffersChanged
from orders.coupons.models import Coupon, CouponHolder, CouponUse
from orders.coupons.queries import IS_LEFT
from orders.coupons.rules import CouponBearer, NewCoupon, breaks_floor, check_new
from orders.coupons.workflow import COUPON, CouponState
from orders.ordering.events import OrderCancelled


def _may_make(actor: Actor, bearer: CouponBearer, supplier_id: int | None) -> bool:
    if bearer is CouponBearer.SUPPLIER:
        return supplier_id is not None and actor.acts_for_supplier(supplier_id)
    return supplier_id is None and actor.has_role(Role.ADMIN)


@transactional
def make_coupon(actor: Actor, new: NewCoupon) -> int:
    """A supplier makes its own, an admin those of the platform or a government. Returns the coupon's id.

    Raises NotFound for anybody else, InvalidInput at a field; for a supplier's also where one of its goods would fall
    under its floor price (``coupons.below_floor`` names it).
    """
    if not _may_make(actor, new.bearer, new.supplier_id):
        raise NotFound
    check_new(new, clock.today())
    if new.supplier_id is not None:
        _check_floors(new.supplier_id, new)
    coupon = Coupon(
        name=new.name.strip()[:30],
        bearer=new.bearer,
        supplier_id=new.supplier_id,
        state=COUPON.initial,
        code=new.code or None,
        min_spend_fen=new.min_spend_fen,
        off_fen=new.off_fen,
        total_count=new.total_count,
        per_person=new.per_person,
        budget_fen=new.budget_fen,
        starts_at=clock.local_day_start(new.starts_on),
        ends_at=clock.local_day_start(new.ends_on + timedelta(days=1)),
        made_by=actor.user_id,
        made_at=clock.now(),
    )
    db.session.add(coupon)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("coupons.code_taken", field="code") from error
    audit.record(actor.user_id, "coupon.make", "coupon", coupon.id, {"off_fen": new.off_fen})
    events.publish(OffersChanged())
    return coupon.id


def _check_floors(supplier_id: int, new: NewCoupon) -> None:
    packings = packings_on_sale(supplier_id)
    carried = carried_by([packing.sku_id for packing in packings], PLATFORM_FEE_BP.get())
    for packing in packings:
        found = carried.get(packing.sku_id)
        if found is None or found.is_own:  # own produce takes no part in suppliers' coupons
            continue
        if breaks_floor(new.min_spend_fen, new.off_fen, packing.price_fen, found.floor_fen):
            most = new.min_spend_fen * (packing.price_fen - found.floor_fen) // packing.price_fen
            raise InvalidInput(
                "coupons.below_floor",
                field="off_fen",
                title=f"{packing.title} {packing.name}",
                floor_fen=found.floor_fen,
                most_fen=max(0, most),
            )


@transactional
def stop_coupon(actor: Actor, coupon_id: int) -> None:
    """No more uses; placed orders keep theirs. Raises NotFound, IllegalTransition when it is stopped."""
    coupon = db.session.get(Coupon, coupon_id, with_for_update=True, populate_existing=True)
    if coupon is None or not _may_make(actor, coupon.bearer, coupon.supplier_id):
        raise NotFound
    coupon.state = COUPON.next(coupon.state, "stop")
    audit.record(actor.user_id, "coupon.stop", "coupon", coupon_id)
    events.publish(OffersChanged())


@transactional
def take(coupon_id: int, holder: str, checkout_id: int, parts: Mapping[int, int]) -> None:
    """Use a coupon for ``parts`` {order id: fen}, all or nothing; the statement itself holds every limit (I8).

    Raises Conflict ``coupons.gone`` where it ran out, ended or was stopped meanwhile, ``coupons.yours_used`` where this
    buyer has used it as often as allowed.
    """
    moment, fen = clock.now(), sum(parts.values())
    taken = db.session.execute(
        update(Coupon)
        .where(
            Coupon.id == coupon_id,
            Coupon.state == CouponState.OPEN,
            Coupon.starts_at <= moment,
            Coupon.ends_at > moment,
            Coupon.used_count < Coupon.total_count,
            Coupon.used_fen + fen <= Coupon.budget_fen,
        )
        .values(used_count=Coupon.used_count + 1, used_fen=Coupon.used_fen + fen)
        .returning(Coupon.per_person, IS_LEFT.label("is_left"))
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        raise Conflict("coupons.gone")
    if not taken.is_left:
        events.publish(OffersChanged())
    if not _counted(coupon_id, holder, taken.per_person):
        raise Conflict("coupons.yours_used")
    insert_rows(
        CouponUse,
        [
            {
                "coupon_id": coupon_id,
                "checkout_id": checkout_id,
                "order_id": order_id,
                "holder": holder,
                "fen": part,
                "used_at": moment,
            }
            for order_id, part in sorted(parts.items())
        ],
    )


def _counted(coupon_id: int, holder: str, per_person: int) -> bool:
    """One use more of this buyer's, unless it were one too many."""
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    counted = (
        dialect.insert(CouponHolder)
        .values(coupon_id=coupon_id, holder=holder, used=1)
        .on_conflict_do_update(
            index_elements=["coupon_id", "holder"],
            set_={"used": CouponHolder.used + 1},
            where=CouponHolder.used < per_person,
        )
        .returning(CouponHolder.used)
    )
    return db.session.scalar(counted) is not None


def give_back(event: OrderCancelled) -> None:
    """Subscriber: a cancelled order gives its coupons back, once. One that also lowered another order of the same
    checkout stays used until that one is cancelled too."""
    uses = db.session.scalars(
        select(CouponUse)
        .where(CouponUse.order_id == event.order_id, CouponUse.freed_at.is_(None))
        .order_by(CouponUse.coupon_id)
    ).all()
    for use in uses:
        _give_back(use)


def _give_back(use: CouponUse) -> None:
    coupon = db.session.get_one(Coupon, use.coupon_id, with_for_update=True, populate_existing=True)
    freed = db.session.execute(
        update(CouponUse)
        .where(CouponUse.id == use.id, CouponUse.freed_at.is_(None))
        .values(freed_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if freed.rowcount != 1:  # type: ignore[attr-defined]
        return
    coupon.used_fen -= use.fen
    others = select(CouponUse.id).where(
        CouponUse.coupon_id == use.coupon_id,
        CouponUse.checkout_id == use.checkout_id,
        CouponUse.freed_at.is_(None),
    )
    if db.session.scalar(others.limit(1)) is None:
        coupon.used_count -= 1
        db.session.execute(
            update(CouponHolder)
            .where(CouponHolder.coupon_id == use.coupon_id, CouponHolder.holder == use.holder)
            .values(used=CouponHolder.used - 1)
            .execution_options(synchronize_session=False)
        )
    db.session.flush()
    events.publish(OffersChanged())
