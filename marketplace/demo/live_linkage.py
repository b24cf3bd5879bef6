"""What linkage looks like in use: a community workshop that pays by the hour, a trusteeship, rented land, and a chain of
partners. Agreements of the history are amended and the new versions put in force as their certification would; then
some of the goods are bought, so that wages and rents stand in the ledger."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, select

from catalog.products.models import Listing, Sku
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.pricing import floors
from catalog.products.queries import visible_clause
from catalog.stock.models import StockRow
from certification.linkage.commands import AgreementFacts, activate_agreement, amend_agreement
from certification.linkage.models import LinkageAgreement, LinkageTerm
from certification.linkage.papers import add_scan
from certification.linkage.queries import leading_enterprises, terms_of
from certification.linkage.rules import LinkageMode, Member, SaleTerms, ScanKind, Term
from certification.linkage.sheet_rules import Hours, SheetFacts
from certification.linkage.sheets import confirm_hours, open_sheet, submit_sheet
from certification.linkage.workflow import AgreementState
from marketplace.accounts.models import Address
from marketplace.demo.acting import actor_of, owner_of_supplier, pay_online, upload_of
from marketplace.demo.build.world import Progress
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.parties.household_commands import link
from marketplace.parties.models import Household, Supplier
from marketplace.parties.rules import SupplierKind
from marketplace.regions.rules import province_code_of
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place
from orders.checkout.queries import lines_beside_cart, quote_of
from orders.ordering.commands import DeliverTo
from orders.ordering.rules import PaymentMethod

#: whose official has a login: its people walk over to the workshop to work
VILLAGE = "610124103228"
COUNTY = "610124"
WORKERS = 4
#: of the price, in ten-thousandths: wages, and what the dividend gives up for them
WAGE_BP, GIVEN_UP_BP = 800, 1_000
SHARE_BP = 400
BOUGHT = 2

Change = Callable[[SaleTerms], tuple[tuple[Term, ...], tuple[Member, ...]]]


def load_linkage(paper: bytes, progress: Progress) -> None:
    """Needs the history; called once."""
    workshop = _in_force(LinkageMode.DIVIDEND, Supplier.kind == SupplierKind.COMMUNITY_WORKSHOP)[0]
    workers = _workers(workshop.supplier_id)
    wages = _amended(workshop, "订单多了，请邻村的人来做工，工钱按件计", _with_wages(workshop, workers))
    _sheets(wages, workers)
    progress("利益联结", 1, 4)
    orchard, land = _with_room(2)
    _amended(orchard, "生产统一交给合作社托管，收购以外另加托管分成", _with_share(LinkageMode.TRUSTEESHIP))
    progress("利益联结", 2, 4)
    _amended(land, "林地整块流转给合作社，收购以外另按亩分成", _with_share(LinkageMode.RENT))
    progress("利益联结", 3, 4)
    _chain(paper)
    _buy([workshop.product_id, orchard.product_id, land.product_id])
    progress("利益联结", 4, 4)


def _in_force(mode: LinkageMode, *criteria: ColumnElement[bool]) -> list[LinkageAgreement]:
    """Agreements of this one mode whose goods are on sale, those of the demo's own county first."""
    other = exists().where(LinkageTerm.agreement_id == LinkageAgreement.id, LinkageTerm.mode != mode)
    return list(
        db.session.scalars(
            select(LinkageAgreement)
            .join(Supplier, Supplier.id == LinkageAgreement.supplier_id)
            .join(Listing, Listing.product_id == LinkageAgreement.product_id)
            .where(LinkageAgreement.state == AgreementState.ACTIVE, ~other, visible_clause(), *criteria)
            .order_by(Supplier.village_code.startswith(COUNTY).desc(), LinkageAgreement.id)
        )
    )


def _with_room(count: int) -> list[LinkageAgreement]:
    """Agreements that buy, whose prices carry a share of net on top."""
    fee_bp = PLATFORM_FEE_BP.get()
    own = actor_of("coop").supplier_ids[0]
    found = []
    for agreement in _in_force(
        LinkageMode.PURCHASE, Supplier.kind.in_([SupplierKind.COOPERATIVE, SupplierKind.FAMILY_FARM])
    ):
        prices = dict(
            db.session.execute(
                select(Sku.id, Sku.price_fen)
                .join(Listing, Listing.id == Sku.listing_id)
                .where(Listing.product_id == agreement.product_id)
            ).all()
        )
        lowest = floors(agreement.product_id, list(prices), fee_bp)
        left_bp = 10_000 - fee_bp
        fits = all(
            price * (left_bp - SHARE_BP) >= (lowest[sku] + 2) * left_bp for sku, price in prices.items()
        )
        if fits and agreement.supplier_id != own:
            found.append(agreement)
        if len(found) == count:
            return found
    raise LookupError("no price carries a share on top")


def _amended(agreement: LinkageAgreement, reason: str, change: Change) -> int:
    terms, members = change(terms_of([agreement.id])[agreement.id])
    owner = owner_of_supplier(agreement.supplier_id)
    facts = AgreementFacts(
        terms,
        members,
        max(agreement.starts_on, clock.today() - timedelta(days=60)),  # agreed on before the work it pays
        agreement.ends_on,
        agreement.party_branch,
        agreement.leading_enterprise,
    )
    draft_id = amend_agreement(owner, agreement.id, facts, reason)
    activate_agreement(actor_of("city"), draft_id)
    return draft_id


@transactional
def _workers(supplier_id: int) -> list[int]:
    """Households of the neighbouring village that the workshop from now on knows."""
    households = db.session.scalars(
        select(Household.id)
        .where(Household.village_code == VILLAGE)
        .order_by(Household.id.desc())
        .limit(WORKERS)
    ).all()
    for household_id in households:
        link(supplier_id, household_id)
    return sorted(households)


def _with_wages(agreement: LinkageAgreement, workers: list[int]) -> Change:
    """Part of the dividend becomes wages for people of the next village, who hold no shares."""
    cheapest = db.session.scalars(
        select(func.min(Sku.price_fen))
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Listing.product_id == agreement.product_id, Sku.is_active)
    ).one()

    def change(terms: SaleTerms) -> tuple[tuple[Term, ...], tuple[Member, ...]]:
        wage = Term(LinkageMode.LABOUR, unit_fen=max(1, cheapest * WAGE_BP // 10_000))
        dividend = Term(LinkageMode.DIVIDEND, max(1, terms.share_bp - GIVEN_UP_BP))
        here = {member.household_id for member in terms.members}
        return (dividend, wage), (*terms.members, *(Member(each, 0) for each in workers if each not in here))

    return change


def _with_share(mode: LinkageMode) -> Change:
    """A share of net on top of what is bought; for a rent each household lets from one and a half mu up."""

    def change(terms: SaleTerms) -> tuple[tuple[Term, ...], tuple[Member, ...]]:
        rented = mode is LinkageMode.RENT
        members = tuple(
            Member(each.household_id, each.shares, 150 + 50 * (place % 4) if rented else 0)
            for place, each in enumerate(terms.members)
        )
        return (*terms.terms, Term(mode, SHARE_BP)), members

    return change


def _sheets(agreement_id: int, workers: list[int]) -> None:
    """Last month's hours, confirmed by the village, divide today's wages; this month's wait on its desk."""
    today = clock.today()
    owner = owner_of_supplier(db.session.get_one(LinkageAgreement, agreement_id).supplier_id)
    for first, last, task, extra in ((34, 8, "选果、清洗", 0), (7, 1, "灌装、贴标", 90)):
        hours = tuple(
            Hours(each, 60 * (18 + 7 * place) + extra, "两个人" if place == 1 else "")
            for place, each in enumerate(workers)
        )
        facts = SheetFacts(
            today - timedelta(days=first), today - timedelta(days=last), task, "社区工厂（示例）", hours
        )
        sheet_id = open_sheet(owner, agreement_id, facts)
        submit_sheet(owner, sheet_id)
        if not extra:
            for each in workers:
                confirm_hours(actor_of("village"), sheet_id, each)


def _chain(paper: bytes) -> None:
    """The demo cooperative's first agreement becomes 党支部+龙头企业+合作社+低收入户, signed by all."""
    coop = actor_of("coop")
    agreement = db.session.scalars(
        select(LinkageAgreement)
        .where(
            LinkageAgreement.supplier_id == coop.supplier_ids[0],
            LinkageAgreement.state == AgreementState.ACTIVE,
        )
        .order_by(LinkageAgreement.id)
        .limit(1)
    ).one()
    enterprises = leading_enterprises(agreement.supplier_id)
    terms = terms_of([agreement.id])[agreement.id]
    facts = AgreementFacts(
        terms.terms,
        terms.members,
        agreement.starts_on,
        agreement.ends_on,
        party_branch="富饶村党支部（示例）",
        leading_enterprise_id=enterprises[0][0],
    )
    draft_id = amend_agreement(coop, agreement.id, facts, "请村党支部组织农户，龙头企业保底收购")
    for kind in (ScanKind.AGREEMENT, ScanKind.PARTY_BRANCH, ScanKind.LEADING_ENTERPRISE):
        add_scan(coop, draft_id, kind, upload_of(paper), None)
    activate_agreement(actor_of("city"), draft_id)


def _buy(product_ids: list[int]) -> None:
    """Some of each, paid: wages and rents come into the ledger."""
    buyer = actor_of("buyer").user_id
    address = db.session.scalars(select(Address).where(Address.user_id == buyer)).one()
    deliver_to = DeliverTo(address.recipient, address.mobile, address.street_code, address.detail)
    skus = db.session.execute(
        select(Listing.product_id, func.min(Sku.id))
        .join(Listing, Listing.id == Sku.listing_id)
        .join(StockRow, StockRow.sku_id == Sku.id)
        .where(Listing.product_id.in_(product_ids), Sku.is_active, StockRow.available >= BOUGHT)
        .group_by(Listing.product_id)
    )
    units = {sku_id: BOUGHT for _, sku_id in skus}
    quote = quote_of(lines_beside_cart(units), province_code_of(address.street_code))
    wish = Wish(
        "demo-linkage",
        quote.digest,
        deliver_to,
        PaymentMethod.ONLINE,
        {},
        agrees_fresh=True,
        units=units,
    )
    pay_online(place(CartOwner(user_id=buyer), wish))
