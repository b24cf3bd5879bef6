"""What admission of a supplier rested on, and how far its regular verification is: papers that end far off, soon, or
have ended, requirements ticked off, and the steps between."""

from datetime import date, timedelta

from marketplace.demo.build.world import World
from marketplace.kernel import clock
from marketplace.kernel.media import Media
from marketplace.parties.models import Supplier, SupplierPaper, SupplierRequirement, SupplierStep
from marketplace.parties.requirement_rules import Check, Requirement, requirements_of
from marketplace.parties.rules import PaperKind, RequirementState, SupplierKind
from marketplace.parties.standing_rules import add_months

MONTHS = 6
#: every so many papers these end so many days from now: a few that run out soon, and two that did
ENDS = {6: 5, 13: 24, 20: -3, 27: -40, 34: 55}
EVERY = 41
FAR = 900
#: the supplier somebody of the demo logs in to is due soon; of the others every ninth is late, every ninth said its word
DUE_SOON_DAYS, LATE_DAYS, SHOWN_LOGIN = 165, 200, "coop"


def build_standing(world: World, supplier: Supplier, owner: str, number: int, paper: Media) -> None:
    """``owner`` is the user name of its owner; ``number`` counts the suppliers, so that a load gives the same each time."""
    admin = world.users["admin"]
    today = clock.local_date(world.now)
    supplier.verified_on = today - timedelta(days=_days_since(owner, number))
    supplier.verify_due_on = add_months(supplier.verified_on, MONTHS)
    if owner != SHOWN_LOGIN and number % 9 == 2:
        supplier.reattested_at = world.now - timedelta(days=1)
    for place, requirement in enumerate(requirements_of(SupplierKind(supplier.kind))):
        if supplier.kind not in requirement.required:
            continue
        if requirement.check is Check.PAPER:
            _paper(world, supplier, requirement, today, number * 7 + place, paper)
        if requirement.check is not Check.COMPUTED:
            world.rows.add(
                SupplierRequirement(
                    supplier_id=supplier.id,
                    code=requirement.code,
                    state=RequirementState.VERIFIED,
                    reason="",
                    by=admin,
                    at=supplier.approved_at or world.start,
                )
            )
    _steps(world, supplier, world.users[owner], admin)


def _days_since(owner: str, number: int) -> int:
    if owner == SHOWN_LOGIN:
        return DUE_SOON_DAYS
    if number % 9 == 4:
        return LATE_DAYS
    return DUE_SOON_DAYS if number % 9 == 2 else number * 29 % 140


def _paper(
    world: World, supplier: Supplier, requirement: Requirement, today: date, count: int, paper: Media
) -> None:
    kind = requirement.papers[0]
    ends = ENDS.get(count % EVERY, FAR if requirement.needs_expiry or kind is _LICENCE else None)
    world.rows.add(
        SupplierPaper(
            supplier_id=supplier.id,
            kind=kind,
            media_id=paper.id,
            number=supplier.uscc or "" if kind is _LICENCE else "",
            expires_on=None if ends is None else today + timedelta(days=ends),
            uploaded_at=world.start,
        )
    )


_LICENCE = PaperKind.BUSINESS_LICENCE


def _steps(world: World, supplier: Supplier, owner: int, admin: int) -> None:
    taken = [
        ("submit", owner, supplier.submitted_at),
        ("approve", admin, supplier.approved_at),
    ]
    if supplier.verified_on is not None and supplier.approved_at is not None:
        moment = clock.local_day_start(supplier.verified_on) + timedelta(hours=10)
        if moment > supplier.approved_at:
            taken.append(("verify", admin, moment))
    world.rows.add_all(
        SupplierStep(supplier_id=supplier.id, action=action, reason="", actor_id=actor, at=at)
        for action, actor, at in taken
        if at is not None
    )
