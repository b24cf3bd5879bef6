"""What the demo does through the real commands, after the history: orders of today, and applications on their way.

The history shows that the rules are right; this shows that the commands are, and leaves every desk something to do.
"""

from datetime import timedelta

from sqlalchemy import select, update

from certification.applications.commands import start_application, submit_application
from certification.applications.confirmations import questions_of
from certification.applications.drafts import DraftFacts, add_evidence, save_draft
from certification.applications.models import Application, ApplicationVersion, HouseholdConfirmation
from certification.applications.rules import EvidenceKind
from certification.applications.versions import snapshot
from certification.applications.workflow import ApplicationState
from certification.linkage.commands import AgreementFacts, create_agreement
from certification.linkage.rules import LinkageMode, Member, Term
from certification.notices.commands import close_due_notices
from certification.notices.models import PublicNotice
from certification.products.commands import ProductFacts, declare_product
from certification.reviews.commands import CheckFacts, answer_household, decide
from certification.reviews.rules import Decision
from marketplace.accounts.models import Address
from marketplace.accounts.policies import Actor
from marketplace.demo.acting import (
    actor_of,
    pay_online,
    picture_of,
    skus_by_popularity,
    units_of_order,
    upload_of,
)
from marketplace.demo.build.world import Progress
from marketplace.demo.live_after_sales import load_after_sales, load_invoices, load_sightings, load_statement
from marketplace.demo.live_help import load_help
from marketplace.demo.live_home import load_home
from marketplace.demo.live_linkage import load_linkage
from marketplace.demo.live_money import load_money
from marketplace.demo.live_offices import load_offices
from marketplace.demo.live_outlet import load_outlet
from marketplace.demo.live_reviews import load_reviews
from marketplace.demo.live_selling import load_selling
from marketplace.demo.live_sessions import load_sessions
from marketplace.demo.live_stories import load_stories
from marketplace.demo.live_suppliers import load_suppliers
from marketplace.demo.live_units import load_units
from marketplace.demo.live_visits import load_visits
from marketplace.demo.live_wishes import load_wishes
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Household
from marketplace.regions.rules import province_code_of
from orders.cart.commands import add_to_cart
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place
from orders.checkout.queries import build_quote
from orders.fulfilment.commands import receive, ship
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.payments.commands import submit_proof
from orders.payments.rules import Buyer
from orders.refunds.commands import request_refund
from orders.refunds.rules import RefundCause, RefundKind

ORDERS = 20
LINES = 2
#: every other order looks further down the list for its second line: another supplier's goods
STRIDE = 7
VILLAGE = "610124103228"
#: name, category, variety, unit, declared price in fen, how far it has come
APPLICATIONS = (
    ("周至猕猴桃果干", "dry-nut", "徐香", "袋", 3200, "draft"),
    ("马召镇冬桃", "fruit", "映霜红", "箱", 4600, "village"),
    ("秦岭野生核桃油", "grain", "", "瓶", 8800, "town"),
    ("周至翠香猕猴桃礼盒", "gift", "翠香", "箱", 6900, "county"),
    ("马召散养鸡蛋", "egg-hen", "", "盒", 3600, "notice"),
    ("富饶村红薯粉条", "bakery-noodle", "", "袋", 2200, "notice"),
    ("黑河石磨挂面", "bakery-noodle", "", "袋", 2400, "city"),
)


def load_live(paper: bytes, progress: Progress) -> None:
    """Needs the history; called once, right after it."""
    _keep_versions()
    _applications(paper, progress)
    _orders(paper, progress)
    load_units(paper, progress)
    load_outlet(progress)
    load_offices(paper)
    load_suppliers(paper)
    load_linkage(paper, progress)
    load_money()
    load_after_sales()
    load_invoices(paper)
    load_statement()
    load_sightings()
    load_reviews()
    load_selling()
    load_wishes()
    load_sessions()
    load_home()
    load_stories(paper)
    load_visits()
    load_help()


@transactional
def _keep_versions() -> None:
    """What the certified ones said and their villages were asked, for a renewal or change to be compared with."""
    certified = select(Application).where(Application.state == ApplicationState.CERTIFIED)
    for each in db.session.scalars(certified).all():
        db.session.add(
            ApplicationVersion(
                application_id=each.id,
                round=1,
                facts=snapshot(each),
                at=each.submitted_at or each.created_at,
                by=each.submitted_by,
            )
        )
        asked = questions_of(each.agreement_id) if each.agreement_id else {}
        for row in db.session.scalars(
            select(HouseholdConfirmation).where(HouseholdConfirmation.application_id == each.id)
        ):
            row.asked = asked[row.household_id]


def _applications(paper: bytes, progress: Progress) -> None:
    coop = actor_of("coop")
    supplier_id = coop.supplier_ids[0]
    households = list(
        db.session.scalars(
            select(Household.id).where(Household.village_code == VILLAGE).order_by(Household.id).limit(6)
        )
    )
    for index, (name, category, variety, unit, price, stage) in enumerate(APPLICATIONS):
        facts = ProductFacts(
            name=name, category_code=category, origin_code=VILLAGE, unit=unit, variety=variety
        )
        product_id = declare_product(coop, supplier_id, facts)
        application_id = _drafted(coop, supplier_id, product_id, households, price, paper)
        if stage != "draft":
            submit_application(coop, application_id)
            _advance(application_id, households, stage)
        progress("申报中的产品", index + 1, len(APPLICATIONS))


def _drafted(
    coop: Actor, supplier_id: int, product_id: int, households: list[int], price: int, paper: bytes
) -> int:
    today = clock.today()
    agreement_id = create_agreement(
        coop,
        supplier_id,
        product_id,
        AgreementFacts(
            terms=(Term(LinkageMode.PURCHASE),),
            members=tuple(Member(household) for household in households),
            starts_on=today,
            ends_on=today + timedelta(days=730),
            party_branch="富饶村党支部（示例）",
        ),
        upload_of(paper),
    )
    application_id = start_application(coop, product_id)
    save_draft(
        coop,
        application_id,
        DraftFacts(
            agreement_id=agreement_id,
            package="2.5公斤装",
            yearly_capacity="6 万份",
            description="本村农户按统一标准生产，分拣点当天收、当天分级，次品不装箱。",
            price_fen=price,
            price_reason="含包装和冷链，比散装略高。",
            references=(("朱雀农产品市场（示例）", price), ("社区生鲜店（示例）", price + 200)),
            promised_households=len(households),
            promised_income_fen=6_000_000,
            pledged=True,
        ),
    )
    for kind in (EvidenceKind.TEST_REPORT, EvidenceKind.CONFORMITY_PLEDGE, EvidenceKind.LINKAGE_SCAN):
        add_evidence(coop, application_id, kind, [upload_of(paper)])
    add_evidence(coop, application_id, EvidenceKind.PRODUCT_PICTURE, [picture_of("kiwi-box")])
    return application_id


def _advance(application_id: int, households: list[int], stage: str) -> None:
    """Take an application through the levels before ``stage``."""
    stages = ["village", "town", "county", "notice", "city"]
    reached = stages.index(stage)
    if reached >= 1:
        for household in households:
            answer_household(actor_of("village"), application_id, household, confirmed=True)
    if reached >= 2:
        decide(actor_of("town"), application_id, Decision.APPROVE, "材料齐全，产地属实，同意报县。")
    if reached >= 3:
        check = CheckFacts(
            bureau="周至县果业部门（示例）",
            bureau_opinion="生产过程规范，抽检合格。",
            visited_on=clock.today(),
            people="示例检查组三人",
            place="富饶村分拣点",
            photos=[picture_of("orchard")],
        )
        decide(
            actor_of("county"),
            application_id,
            Decision.APPROVE,
            "现场与申报一致，同意公示。",
            check=check,
            price_accepted=True,
        )
    if reached >= 4:
        _age_notice(application_id)
        close_due_notices()


@transactional
def _age_notice(application_id: int) -> None:
    """Its days are over. What a county puts up on one day is a batch, and this was put up on another than the rest."""
    past = clock.today() - timedelta(days=1)
    db.session.execute(
        update(PublicNotice)
        .where(PublicNotice.application_id == application_id)
        .values(starts_on=past - timedelta(days=7), ends_on=past, batch=None)
    )
    db.session.execute(update(Application).where(Application.id == application_id).values(deadline_on=past))


def _orders(paper: bytes, progress: Progress) -> None:
    """Orders of today: paid, some of them shipped, received or claimed for, one by transfer, one not paid."""
    buyers = ["buyer", "buyer2"]
    skus = skus_by_popularity()
    for index in range(ORDERS):
        login = buyers[index % len(buyers)]
        token = _place(login, [*skus[index:], *skus[:index]], index)
        if index % 10 < 8:
            pay_online(token)
            _follow(token, login, index)
        elif index % 10 == 9:
            _show_transfer(token, login, paper)
        progress("今天的订单", index + 1, ORDERS)


def _show_transfer(token: str, login: str, paper: bytes) -> None:
    """The buyer says the money is on its way; finance finds the proof on its desk."""
    buyer = Buyer(user_id=actor_of(login).user_id)
    for number, total_fen in db.session.execute(
        select(Order.number, Order.total_fen)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .where(Checkout.token == token)
    ).all():
        submit_proof(buyer, number, "示例买家", clock.today(), total_fen, upload_of(paper))


def _place(login: str, sku_ids: list[int], index: int) -> str:
    user_id = actor_of(login).user_id
    owner = CartOwner(user_id=user_id)
    added = 0
    for sku_id in sku_ids[:: STRIDE if index % 2 else 1]:
        added += _try_to_add(owner, sku_id)
        if added == LINES:
            break
    if not added:
        raise LookupError("nothing is for sale")
    address = db.session.scalars(select(Address).where(Address.user_id == user_id)).one()
    deliver_to = DeliverTo(address.recipient, address.mobile, address.street_code, address.detail)
    method = PaymentMethod.TRANSFER if index % 10 == 9 else PaymentMethod.ONLINE
    quote = build_quote(owner, province_code_of(address.street_code))
    wish = Wish(f"demo-live-{index:02d}", quote.digest, deliver_to, method, {}, agrees_fresh=True)
    return place(owner, wish)


def _try_to_add(owner: CartOwner, sku_id: int) -> int:
    try:
        add_to_cart(owner, sku_id, 1)
    except DomainError:
        return 0
    return 1


def _follow(token: str, login: str, index: int) -> None:
    """Some of today's orders of the demo's own suppliers go further."""
    rows = db.session.execute(
        select(Order.id, Order.number, Order.supplier_id)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .where(Checkout.token == token)
    ).all()
    sellers = {actor_of(seller).supplier_ids[0]: seller for seller in ("coop", "coop2")}
    buyer = Buyer(user_id=actor_of(login).user_id)
    for order_id, number, supplier_id in rows:
        if supplier_id not in sellers or index % 4 == 0:
            continue
        units = units_of_order(order_id)
        ship(actor_of(sellers[supplier_id]), order_id, "中国邮政", f"DEMO{index:08d}", units)
        if index % 4 == 2:
            receive(buyer, number)
        if index % 4 == 3:
            line_id = min(units)
            request_refund(
                buyer, number, RefundKind.REFUND_ONLY, {line_id: 1}, "有一个压坏了", cause=RefundCause.DAMAGED
            )
