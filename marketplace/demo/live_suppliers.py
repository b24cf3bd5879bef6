"""What the desks of admission have before them today, through the real commands: suppliers that handed in, one on its
way back, a pilot whose household the village is to check, one that asks for a sponsor, an account to be changed."""

from sqlalchemy import select
from stdnum.cn import uscc

from marketplace.accounts.models import User
from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, upload_of
from marketplace.demo.content.identity import bank_card, id_number, phone
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.parties import (
    admission,
    bank_changes,
    commands,
    examination,
    licence_changes,
    pilots,
    reminders,
)
from marketplace.parties.bank_changes import AccountDraft
from marketplace.parties.commands import SupplierDraft
from marketplace.parties.household_commands import HouseholdDraft
from marketplace.parties.licence_changes import LicenceDraft
from marketplace.parties.paper_commands import PaperDraft, add_paper
from marketplace.parties.queries import get_supplier, needs_of
from marketplace.parties.requirement_rules import Check
from marketplace.parties.rules import HouseholdStatus, SupplierKind
from marketplace.regions.rules import county_code_of

FARM_VILLAGE, INN_VILLAGE = "610124103228", "610124103219"
#: beyond the identity numbers and cards of the demo's households
NUMBERS = 300_000


def load_suppliers(paper: bytes) -> None:
    farm = _registered("newcomer", SupplierKind.FAMILY_FARM, "马召镇田示河家庭农场（示例）", FARM_VILLAGE, 1)
    _hand_in(farm, paper)
    _half_examined(farm)
    inn = _registered("newcomer2", SupplierKind.RURAL_TOURISM, "群兴村山泉农家乐（示例）", INN_VILLAGE, 2)
    examination.state_requirement(inn, inn.supplier_ids[0], "lodging", "只做餐饮，没有客房，不住人。")
    _hand_in(inn, paper, but=("lodging",))
    _returned(inn)
    _pilot("pilot", "富饶村张家果园示范户（示例）", paper, 3, agreed=False)
    _pilot("pilot2", "富饶村李家杂粮示范户（示例）", paper, 4, agreed=True)
    coop = actor_of("coop2")
    draft = AccountDraft(
        "示例农商银行周至支行", bank_card(NUMBERS + 9), get_supplier(coop.supplier_ids[0]).name
    )
    bank_changes.ask_supplier_change(coop, coop.supplier_ids[0], draft, upload_of(paper))
    shown = get_supplier(coop.supplier_ids[0])
    renamed = LicenceDraft(
        shown.name.replace("（示例）", "联合社（示例）"), shown.uscc or "", shown.village_code
    )
    licence_changes.ask_licence_change(coop, shown.id, renamed, upload_of(paper))
    reminders.remind()


@transactional
def _account(login: str, name: str) -> None:
    """A person with the demo's password."""
    known = db.session.scalars(select(User.password_hash).where(User.username == "buyer")).one()
    db.session.add(User(username=login, display_name=name, password_hash=known, created_at=clock.now()))


def _registered(login: str, kind: SupplierKind, name: str, village: str, number: int) -> Actor:
    is_pilot = kind is SupplierKind.PILOT_HOUSEHOLD
    person = ("田示河", "周示泉", "张示春", "李示秋")[number - 1]
    _account(login, person)
    first_17 = f"92{village[:6]}DEM90{number:02d}1X"
    draft = SupplierDraft(
        kind=kind,
        name=name,
        village_code=village,
        contact_name=person,
        contact_mobile=phone(9000 + number),
        uscc="" if is_pilot else first_17 + uscc.calc_check_digit(first_17),
        story="示例：自家种、自家收，按合作社的标准分级。",
    )
    supplier_id = commands.register_supplier(actor_of(login), draft)
    owner = actor_of(login)
    holder = person if is_pilot else name
    commands.update_bank(owner, supplier_id, "示例农商银行周至支行", holder, bank_card(NUMBERS + number))
    return owner


def _hand_in(owner: Actor, paper: bytes, but: tuple[str, ...] = ()) -> None:
    """Every paper asked for, and the supplier handed in."""
    supplier_id = owner.supplier_ids[0]
    in_a_year = clock.today().replace(day=1, year=clock.today().year + 1)
    for need in needs_of(get_supplier(supplier_id)):
        requirement = need.requirement
        if requirement.check is not Check.PAPER or not need.is_required or need.code in but:
            continue
        ends = in_a_year if requirement.needs_expiry else None
        add_paper(owner, supplier_id, PaperDraft(requirement.papers[0], "", ends), upload_of(paper))
    commands.submit_supplier(owner, supplier_id)


def _half_examined(owner: Actor) -> None:
    admin, supplier_id = actor_of("admin"), owner.supplier_ids[0]
    for code in ("identity", "licence"):
        examination.verify_requirement(admin, supplier_id, code)


def _returned(owner: Actor) -> None:
    admin, supplier_id = actor_of("admin"), owner.supplier_ids[0]
    examination.verify_requirement(admin, supplier_id, "licence")
    examination.waive_requirement(admin, supplier_id, "lodging", "电话问过，确实不住人。")
    examination.send_back_requirement(admin, supplier_id, "health", "照片看不清姓名和日期，请重拍。")
    admission.return_supplier(admin, supplier_id, "健康证重拍一张，其余都好。")


def _pilot(login: str, name: str, paper: bytes, number: int, *, agreed: bool) -> None:
    owner = _registered(login, SupplierKind.PILOT_HOUSEHOLD, name, FARM_VILLAGE, number)
    pilot_id, coop = owner.supplier_ids[0], actor_of("coop")
    house = HouseholdDraft(
        village_code=FARM_VILLAGE,
        head_name=("张示春", "李示秋")[number - 3],
        people=4,
        status=HouseholdStatus.MONITORED,
        id_number=id_number(county_code_of(FARM_VILLAGE), NUMBERS + number),
        mobile=phone(9000 + number),
    )
    pilots.name_household(owner, pilot_id, house)
    pilots.name_sponsor(owner, pilot_id, coop.supplier_ids[0])
    if agreed:
        pilots.answer_sponsorship(coop, pilot_id, coop.supplier_ids[0], agrees=True)
        _hand_in(owner, paper)
