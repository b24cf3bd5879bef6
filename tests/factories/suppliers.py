"""Suppliers on their way through admission, by the real commands."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from werkzeug.datastructures import FileStorage

from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.demo.content.identity import id_number
from marketplace.kernel import clock
from marketplace.parties import commands, examination, pilots, queries
from marketplace.parties.commands import SupplierDraft
from marketplace.parties.household_commands import HouseholdDraft
from marketplace.parties.paper_commands import PaperDraft, add_paper
from marketplace.parties.requirement_rules import Check
from marketplace.parties.rules import HouseholdStatus, SupplierKind
from tests.factories import builders

USCC = "91110000600037341L"
DRAFT = SupplierDraft(
    SupplierKind.COOPERATIVE, "富饶鲜果合作社（示例）", builders.VILLAGE, "刘示安", "19900000101", USCC
)
PILOT = replace(DRAFT, kind=SupplierKind.PILOT_HOUSEHOLD, name="王家果园示范户（示例）", uscc="")
HOUSE = HouseholdDraft(
    builders.VILLAGE, "王示礼", 3, HouseholdStatus.LIFTED, id_number("610124", 7), "19900001001"
)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def upload(content: bytes = PDF) -> FileStorage:
    return FileStorage(BytesIO(content), "licence.pdf")


def again(actor: Actor) -> Actor:
    """The person at the next request, with roles given meanwhile."""
    found = load_actor(actor.user_id)
    assert found is not None
    return found


def registered(draft: SupplierDraft = DRAFT) -> tuple[Actor, int]:
    person = builders.user()
    supplier_id = commands.register_supplier(person, draft)
    return again(person), supplier_id


def give_papers(owner: Actor, supplier_id: int, *but: str) -> None:
    """Every paper asked for, except for these requirements; those that end, in a year."""
    for need in queries.needs_of(queries.get_supplier(supplier_id)):
        if need.requirement.check is Check.PAPER and need.is_required and need.code not in but:
            ends = clock.today() + timedelta(days=365) if need.requirement.needs_expiry else None
            add_paper(owner, supplier_id, PaperDraft(need.requirement.papers[0], expires_on=ends), upload())


def handed_in(kind: SupplierKind = SupplierKind.COOPERATIVE, *but: str) -> tuple[Actor, int]:
    """A complete supplier with a licence, submitted."""
    owner, supplier_id = registered(replace(DRAFT, kind=kind))
    commands.update_bank(owner, supplier_id, "示例农商银行", "富饶鲜果合作社（示例）", "6200000000000001")
    give_papers(owner, supplier_id, *but)
    commands.submit_supplier(owner, supplier_id)
    return owner, supplier_id


def sponsored_pilot(number: int = 7) -> tuple[Actor, int, Actor, int]:
    """(pilot's owner, pilot, sponsor's owner, sponsor): the household named, the sponsor asked, the account given.
    ``number`` makes another household."""
    sponsor_id = builders.supplier()
    sponsor = builders.owner_of(sponsor_id)
    owner, pilot_id = registered(PILOT)
    pilots.name_household(owner, pilot_id, replace(HOUSE, id_number=id_number("610124", number)))
    pilots.name_sponsor(owner, pilot_id, sponsor_id)
    commands.update_bank(owner, pilot_id, "示例农商银行", "王示礼", "6200000000000001")
    give_papers(owner, pilot_id)
    return owner, pilot_id, sponsor, sponsor_id


def handed_in_pilot(number: int = 7) -> tuple[Actor, int, Actor, int]:
    owner, pilot_id, sponsor, sponsor_id = sponsored_pilot(number)
    pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=True)
    commands.submit_supplier(owner, pilot_id)
    return owner, pilot_id, sponsor, sponsor_id


def examined(supplier_id: int, *but: str) -> Actor:
    """Every requirement looked at by an admin, except these; gives the admin."""
    admin = builders.admin()
    for need in queries.needs_of(queries.get_supplier(supplier_id)):
        if not need.is_met and need.code not in but:
            examination.verify_requirement(admin, supplier_id, need.code)
    return admin
