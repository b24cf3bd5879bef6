"""What a household allowed: recorded with its paper, withdrawn at any time, and gone at the next request."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.parties.household_queries import is_linked
from marketplace.parties.models import Household, HouseholdConsent, Supplier
from marketplace.parties.rules import ConsentPurpose
from marketplace.regions.queries import rows_of
from marketplace.regions.rules import is_within


def consented(household_ids: Collection[int], purpose: ConsentPurpose) -> set[int]:
    """Which of these households allow it now. One query."""
    if not household_ids:
        return set()
    return set(
        db.session.scalars(
            select(HouseholdConsent.household_id).where(
                HouseholdConsent.household_id.in_(household_ids),
                HouseholdConsent.purpose == purpose,
                HouseholdConsent.withdrawn_at.is_(None),
            )
        )
    )


def has_consent(household_id: int, purpose: ConsentPurpose) -> bool:
    return household_id in consented([household_id], purpose)


def household_of_supplier(supplier_id: int) -> int | None:
    """The household a pilot supplier is; None for any other."""
    return db.session.scalar(select(Supplier.household_id).where(Supplier.id == supplier_id))


def head_name(household_id: int) -> str:
    """In clear: the caller has asked for the consent."""
    return db.session.scalar(select(Household.head_name).where(Household.id == household_id)) or ""


@dataclass(frozen=True, slots=True)
class ConsentRow:
    id: int
    purpose: ConsentPurpose
    given_on: date
    has_scan: bool
    withdrawn_at: datetime | None
    withdrawal_note: str
    recorded_by: int | None


def consents_of(household_id: int) -> list[ConsentRow]:
    """Newest first, withdrawn ones too. One query."""
    return consents_by_household([household_id])[household_id]


def consents_by_household(household_ids: Collection[int]) -> dict[int, list[ConsentRow]]:
    """Of each household, newest first, withdrawn ones too. One query."""
    found: dict[int, list[ConsentRow]] = {household_id: [] for household_id in household_ids}
    rows = db.session.execute(
        select(
            HouseholdConsent.household_id,
            HouseholdConsent.id,
            HouseholdConsent.purpose,
            HouseholdConsent.given_on,
            HouseholdConsent.scan_id.is_not(None),
            HouseholdConsent.withdrawn_at,
            HouseholdConsent.withdrawal_note,
            HouseholdConsent.recorded_by,
        )
        .where(HouseholdConsent.household_id.in_(found))
        .order_by(HouseholdConsent.id.desc())
    )
    for row in rows:
        found[row[0]].append(ConsentRow(*row[1:]))
    return found


def own_consent(actor: Actor, consent_id: int) -> HouseholdConsent:
    """A consent of the actor's own household; raises NotFound for any other."""
    consent = db.session.get(HouseholdConsent, consent_id)
    if consent is None or consent.household_id not in actor.household_ids:
        raise NotFound
    return consent


def get_household(household_id: int) -> Household:
    return db.session.get_one(Household, household_id)


def may_speak_for(actor: Actor, household: Household) -> bool:
    """The household's own account, an official over its village, or a supplier that works with it."""
    if household.id in actor.household_ids or actor.has_role(Role.ADMIN):
        return True
    regions = rows_of(actor.official_regions).values()
    if any(is_within(household.village_code, region.code, region.level) for region in regions):
        return True
    return any(is_linked(supplier_id, household.id) for supplier_id in actor.supplier_ids)


@transactional
def record_consent(
    actor: Actor, household_id: int, purpose: ConsentPurpose, given_on: date, scan: Upload | None
) -> int:
    """Keep a consent with the signed paper; the household itself needs none. Raises NotFound, Conflict while the same
    is in force, InvalidInput at ``given_on`` or ``scan``."""
    household = db.session.get(Household, household_id)
    if household is None or not may_speak_for(actor, household):
        raise NotFound
    if given_on > clock.today():
        raise InvalidInput("parties.consent_in_future", field="given_on")
    if has_consent(household_id, purpose):
        raise Conflict("parties.consent_in_force", field="purpose")
    if scan is None and household_id not in actor.household_ids:
        raise InvalidInput("parties.consent_scan", field="scan")
    media = None
    if scan is not None:
        with at_field("scan"):
            media = store_document(scan, actor.user_id)
    consent = HouseholdConsent(
        household_id=household_id,
        purpose=purpose,
        scan_id=media.id if media else None,
        given_on=given_on,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
    )
    db.session.add(consent)
    db.session.flush()
    audit.record(actor.user_id, "households.consent", "household", household_id, {"purpose": purpose.value})
    return consent.id


@transactional
def withdraw_consent(actor: Actor, consent_id: int, note: str = "") -> None:
    """At the next request it is gone. Raises NotFound for a foreign one, Conflict for one already withdrawn."""
    consent = db.session.get(HouseholdConsent, consent_id)
    household = db.session.get(Household, consent.household_id) if consent else None
    if consent is None or household is None or not may_speak_for(actor, household):
        raise NotFound
    if consent.withdrawn_at is not None:
        raise Conflict("parties.consent_withdrawn")
    consent.withdrawn_at, consent.withdrawn_by = clock.now(), actor.user_id
    consent.withdrawal_note = note.strip()[:200]
    audit.record(
        actor.user_id,
        "households.consent_withdraw",
        "household",
        consent.household_id,
        {"purpose": consent.purpose.value},
        reason=consent.withdrawal_note or None,
    )
