"""Reading agreements and lots. ``terms_in_force`` is what a sale asks: one answer per product, by set, never by row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from certification.linkage.models import LinkageAgreement, LinkageMember, LinkageTerm, SupplyLot
from certification.linkage.rules import LinkageMode, LotPayment, Member, SaleTerms, Term
from certification.linkage.workflow import AgreementState
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.parties.models import Household


@dataclass(frozen=True, slots=True)
class LotFacts:
    """``total_fen`` is the agreed amount of the whole lot, packed into ``units`` units."""

    id: int
    household_id: int
    village_code: str
    total_fen: int
    units: int
    payment: LotPayment


def terms_in_force(product_ids: Collection[int], on: date | None = None) -> dict[int, SaleTerms]:
    """The active agreement's terms per product on a business day (default: today); products without one are left out.

    Where two agreements cover a product, the one that began later holds, ties to the newer. One query:
    placing an order asks this and has few statements to spend.
    """
    if not product_ids:
        return {}
    day = on or clock.today()
    rows = db.session.execute(
        select(
            LinkageAgreement.product_id,
            LinkageAgreement.id,
            LinkageTerm.mode,
            LinkageTerm.share_bp,
            LinkageTerm.sponsor_fee_fen,
            LinkageMember.household_id,
            LinkageMember.shares,
        )
        .outerjoin(LinkageTerm, LinkageTerm.agreement_id == LinkageAgreement.id)
        .outerjoin(LinkageMember, LinkageMember.agreement_id == LinkageAgreement.id)
        .where(
            LinkageAgreement.product_id.in_(product_ids),
            LinkageAgreement.state == AgreementState.ACTIVE,
            LinkageAgreement.starts_on <= day,
            LinkageAgreement.ends_on >= day,
        )
        .order_by(LinkageAgreement.starts_on, LinkageAgreement.id, LinkageTerm.id, LinkageMember.household_id)
    )
    found: dict[int, tuple[int, dict[LinkageMode, Term], dict[int, Member]]] = {}
    for product_id, agreement_id, mode, share_bp, fee_fen, household_id, shares in rows:
        if found.get(product_id, (0,))[0] != agreement_id:  # the later one holds
            found[product_id] = (agreement_id, {}, {})
        _, terms, members = found[product_id]
        if mode is not None:
            terms[mode] = Term(mode, share_bp, fee_fen)
        if household_id is not None:
            members[household_id] = Member(household_id, shares)
    return {
        product_id: SaleTerms(agreement_id, tuple(terms.values()), tuple(members.values()))
        for product_id, (agreement_id, terms, members) in found.items()
    }


def terms_of(agreement_ids: Collection[int]) -> dict[int, SaleTerms]:
    """Terms and members by agreement, whatever its state; members by household id. Two queries."""
    ids = list(agreement_ids)
    if not ids:
        return {}
    terms: dict[int, list[Term]] = {agreement_id: [] for agreement_id in ids}
    members: dict[int, list[Member]] = {agreement_id: [] for agreement_id in ids}
    for term in db.session.execute(
        select(LinkageTerm.agreement_id, LinkageTerm.mode, LinkageTerm.share_bp, LinkageTerm.sponsor_fee_fen)
        .where(LinkageTerm.agreement_id.in_(ids))
        .order_by(LinkageTerm.id)
    ):
        terms[term.agreement_id].append(Term(term.mode, term.share_bp, term.sponsor_fee_fen))
    for member in db.session.execute(
        select(LinkageMember.agreement_id, LinkageMember.household_id, LinkageMember.shares)
        .where(LinkageMember.agreement_id.in_(ids))
        .order_by(LinkageMember.household_id)
    ):
        members[member.agreement_id].append(Member(member.household_id, member.shares))
    return {each: SaleTerms(each, tuple(terms[each]), tuple(members[each])) for each in ids}


def get_agreement(agreement_id: int) -> LinkageAgreement:
    """Raises NotFound."""
    agreement = db.session.get(LinkageAgreement, agreement_id)
    if agreement is None:
        raise NotFound
    return agreement


def members_villages(agreement_id: int) -> dict[int, str]:
    """Village code by household id for the members of an agreement."""
    return dict(
        db.session.execute(
            select(LinkageMember.household_id, Household.village_code)
            .join(Household, Household.id == LinkageMember.household_id)
            .where(LinkageMember.agreement_id == agreement_id)
            .order_by(LinkageMember.household_id)
        ).all()
    )


def lots(lot_ids: Collection[int]) -> dict[int, LotFacts]:
    """Lots by id; unknown ids are left out."""
    if not lot_ids:
        return {}
    rows = db.session.execute(
        select(
            SupplyLot.id,
            SupplyLot.household_id,
            Household.village_code,
            SupplyLot.total_fen,
            SupplyLot.units,
            SupplyLot.payment,
        )
        .join(Household, Household.id == SupplyLot.household_id)
        .where(SupplyLot.id.in_(lot_ids))
    )
    return {row.id: LotFacts(*row) for row in rows}


def household_villages(household_ids: Collection[int]) -> dict[int, str]:
    """Village code by household id."""
    if not household_ids:
        return {}
    return dict(
        db.session.execute(
            select(Household.id, Household.village_code).where(Household.id.in_(household_ids))
        ).all()
    )


def linked_household_count(product_id: int) -> int:
    """Households bound to a product by agreements in force today, each counted once."""
    return linked_household_counts([product_id]).get(product_id, 0)


def linked_household_counts(product_ids: Collection[int]) -> dict[int, int]:
    """``linked_household_count`` for a list page in one query; products without any are left out."""
    if not product_ids:
        return {}
    day = clock.today()
    return dict(
        db.session.execute(
            select(LinkageAgreement.product_id, func.count(LinkageMember.household_id.distinct()))
            .join(LinkageMember, LinkageMember.agreement_id == LinkageAgreement.id)
            .where(
                LinkageAgreement.product_id.in_(product_ids),
                LinkageAgreement.state == AgreementState.ACTIVE,
                LinkageAgreement.starts_on <= day,
                LinkageAgreement.ends_on >= day,
            )
            .group_by(LinkageAgreement.product_id)
        ).all()
    )


@dataclass(frozen=True, slots=True)
class AgreementRow:
    id: int
    product_id: int
    product_name: str
    state: AgreementState
    version: int
    starts_on: date
    ends_on: date
    households: int


def agreements_of(supplier_id: int) -> list[AgreementRow]:
    """A supplier's agreements, newest first."""
    count = (
        select(func.count())
        .where(LinkageMember.agreement_id == LinkageAgreement.id)
        .correlate(LinkageAgreement)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            LinkageAgreement.id,
            LinkageAgreement.product_id,
            DeclaredProduct.name,
            LinkageAgreement.state,
            LinkageAgreement.version,
            LinkageAgreement.starts_on,
            LinkageAgreement.ends_on,
            count,
        )
        .join(DeclaredProduct, DeclaredProduct.id == LinkageAgreement.product_id)
        .where(LinkageAgreement.supplier_id == supplier_id)
        .order_by(LinkageAgreement.id.desc())
    )
    return [AgreementRow(*row) for row in rows]


def terms_in_force_clause(
    product_id_column: InstrumentedAttribute[int] | ColumnElement[int], on: date | None = None
) -> ColumnElement[bool]:
    """SQL criterion: an active agreement covers this product on the day (default: today)."""
    day = on or clock.today()
    return exists(
        select(LinkageAgreement.id).where(
            LinkageAgreement.product_id == product_id_column,
            LinkageAgreement.state == AgreementState.ACTIVE,
            LinkageAgreement.starts_on <= day,
            LinkageAgreement.ends_on >= day,
        )
    )
