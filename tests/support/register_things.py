"""Outlets, arrangements, units and messages of the queue: objects of the access test, as in ``things``."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import RoleAssignment, ScopeKind
from marketplace.kernel.db import db
from marketplace.kernel.import_runs import ImportRun
from marketplace.kernel.outbox import OutboxMessage
from marketplace.outlets.models import Outlet
from marketplace.pairing.models import PairingArrangement
from marketplace.parties.models import BankChange, Household, HouseholdConsent, PartnerUnit
from tests.support.access_rules import Enumerate, Thing
from tests.support.things import rows


def outlets(**more: Any) -> Enumerate:
    return lambda: (
        Thing({"outlet_id": identity, **more}, region=region)
        for identity, region in rows(Outlet.id, Outlet.region_code)
    )


def outlet_operators() -> Iterator[Thing]:
    """Who works an outlet, under its outlet and under another one, where it is nobody's."""
    places = dict(rows(Outlet.id, Outlet.region_code))
    held = select(RoleAssignment.id, RoleAssignment.scope_id).where(
        RoleAssignment.scope_kind == ScopeKind.OUTLET, RoleAssignment.revoked_at.is_(None)
    )
    for assignment_id, scope_id in db.session.execute(held):
        outlet_id = int(scope_id)
        yield Thing({"outlet_id": outlet_id, "assignment_id": assignment_id}, region=places[outlet_id])
        other = next(each for each in places if each != outlet_id)
        yield Thing({"outlet_id": other, "assignment_id": assignment_id}, region=places[other], ours=False)


def arrangements() -> Iterator[Thing]:
    query = rows(PairingArrangement.id, PairingArrangement.village_code)
    return (Thing({"arrangement_id": identity}, region=region) for identity, region in query)


def units(**more: str) -> Enumerate:
    return lambda: (Thing({"unit_id": identity, **more}) for (identity,) in rows(PartnerUnit.id))


def units_with_paper() -> Iterator[Thing]:
    query = select(PartnerUnit.id).where(PartnerUnit.paper_id.is_not(None))
    return (Thing({"unit_id": identity}) for identity in db.session.scalars(query))


def messages() -> Iterator[Thing]:
    return (Thing({"message_id": identity}) for (identity,) in rows(OutboxMessage.id))


def households() -> Iterator[Thing]:
    for household_id, village in rows(Household.id, Household.village_code):
        yield Thing({"household_id": household_id}, region=village)


def consents() -> Iterator[Thing]:
    query = select(HouseholdConsent.id, Household.id, Household.village_code).join(
        Household, Household.id == HouseholdConsent.household_id
    )
    for consent_id, household_id, village in db.session.execute(query):
        yield Thing({"household_id": household_id, "consent_id": consent_id}, region=village)


def own_households(**more: str) -> Enumerate:
    return lambda: (
        Thing({"household_id": identity, **more}, households=frozenset({identity}))
        for (identity,) in rows(Household.id)
    )


def own_consents() -> Iterator[Thing]:
    for consent_id, household_id in rows(HouseholdConsent.id, HouseholdConsent.household_id):
        yield Thing({"consent_id": consent_id}, households=frozenset({household_id}))


def own_changes() -> Iterator[Thing]:
    for change_id, household_id in rows(BankChange.id, BankChange.household_id):
        yield Thing({"change_id": change_id}, households=frozenset({household_id} - {None}))


def household_changes() -> Iterator[Thing]:
    query = select(BankChange.id, Household.id, Household.village_code).join(
        Household, Household.id == BankChange.household_id
    )
    for change_id, household_id, village in db.session.execute(query):
        yield Thing({"household_id": household_id, "change_id": change_id}, region=village)


def import_runs() -> Iterator[Thing]:
    for run_id, created_by in rows(ImportRun.id, ImportRun.created_by):
        yield Thing({"run_id": run_id}, buyer=created_by)
