"""Reading agreements and lots. ``terms_in_force`` is what a sale asks: one answer per product, by set, never by row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from certification.linkage.models import LinkageAgreement, LinkageMember, LinkageTerm, SupplyLot, WorkSheetRow
from certification.linkage.rules import LinkageMode, LotPayment, Member, SaleTerms, Term, Worked
from certification.linkage.workflow import AgreementState
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db, read
from marketplace.kernel.errors import NotFound
from marketplace.parties.models import Household, Supplier
from marketplace.parties.queries import admitted_clause
from marketplace.parties.rules import SupplierKind


@dataclass(frozen=True, slots=True)
class LotFacts:
    """``total_fen`` is the agreed amount of the whole lot, packed into ``units`` units."""

    id: int
    household_id: int
    village_code: str
    total_fen: int
    units: int
    payment: LotPayment


def covers(day: date) -> ColumnElement[bool]:
    """SQL criterion on LinkageAgreement: goods may be sold under it on this day. One that pays by the work done needs
    a closed work sheet, for nobody else can say whose the wages are."""
    wages = aliased(LinkageTerm)  # the query around it may join the terms as well
    pays_wages = exists(
        select(wages.id).where(wages.agreement_id == LinkageAgreement.id, wages.mode == LinkageMode.LABOUR)
    )
    return and_(_binds(day), or_(LinkageAgreement.work_sheet_id.is_not(None), ~pays_wages))


def _binds(day: date) -> ColumnElement[bool]:
    return and_(
        LinkageAgreement.state == AgreementState.ACTIVE,
        LinkageAgreement.starts_on <= day,
        LinkageAgreement.ends_on >= day,
    )


def terms_in_force(product_ids: Collection[int], on: date | None = None) -> dict[int, SaleTerms]:
    """The active agreement's terms per product on a business day (default: today); products without one are left out,
    and those whose wages wait for a closed work sheet.

    Where two agreements cover a product, the one that began later holds, ties to the newer. One query, hours
    included: placing an order asks this and has few statements to spend. Who worked is a member, so hours join there.
    """
    if not product_ids:
        return {}
    rows = read(_terms_on(on or clock.today()), {"products": sorted(product_ids)})
    found: dict[int, _Gathered] = {}
    for row in rows:
        if row.product_id not in found or found[row.product_id].agreement_id != row.id:  # the later one holds
            found[row.product_id] = _Gathered(row.id, row.work_sheet_id)
        found[row.product_id].take(row)
    return {product_id: gathered.sale_terms() for product_id, gathered in found.items()}


@lru_cache(maxsize=8)
def _terms_on(day: date) -> Select[*tuple[Any, ...]]:
    return (
        _terms_select()
        .where(LinkageAgreement.product_id.in_(bindparam("products", expanding=True)), covers(day))
        .order_by(LinkageAgreement.starts_on, LinkageAgreement.id, LinkageTerm.id, LinkageMember.household_id)
    )


def _terms_select() -> Select[*tuple[Any, ...]]:
    """An agreement's terms × members, each member with its minutes of the latest closed work sheet."""
    return (
        select(
            LinkageAgreement.product_id,
            LinkageAgreement.id,
            LinkageAgreement.work_sheet_id,
            LinkageTerm.mode,
            LinkageTerm.share_bp,
            LinkageTerm.sponsor_fee_fen,
            LinkageTerm.unit_fen,
            LinkageMember.household_id,
            LinkageMember.shares,
            LinkageMember.mu_hundredths,
            WorkSheetRow.minutes,
        )
        .outerjoin(LinkageTerm, LinkageTerm.agreement_id == LinkageAgreement.id)
        .outerjoin(LinkageMember, LinkageMember.agreement_id == LinkageAgreement.id)
        .outerjoin(
            WorkSheetRow,
            and_(
                WorkSheetRow.sheet_id == LinkageAgreement.work_sheet_id,
                WorkSheetRow.household_id == LinkageMember.household_id,
            ),
        )
    )


@dataclass(slots=True)
class _Gathered:
    agreement_id: int
    work_sheet_id: int | None
    terms: dict[LinkageMode, Term] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    worked: dict[int, Worked] = field(default_factory=dict)

    def take(self, row: Any) -> None:
        """A row of ``_terms_select``."""
        if row.mode is not None:
            self.terms[row.mode] = Term(row.mode, row.share_bp, row.sponsor_fee_fen, row.unit_fen)
        if row.household_id is not None:
            self.members[row.household_id] = Member(row.household_id, row.shares, row.mu_hundredths)
        if row.minutes is not None:
            self.worked[row.household_id] = Worked(row.household_id, row.minutes)

    def sale_terms(self) -> SaleTerms:
        pays_wages = LinkageMode.LABOUR in self.terms
        return SaleTerms(
            self.agreement_id,
            tuple(self.terms.values()),
            tuple(self.members.values()),
            self.work_sheet_id if pays_wages else None,
            tuple(self.worked.values()) if pays_wages else (),
        )


def terms_of(agreement_ids: Collection[int]) -> dict[int, SaleTerms]:
    """Terms and members by agreement, whatever its state; members by household id. No hours: those are a sale's. Two
    queries."""
    ids = list(agreement_ids)
    if not ids:
        return {}
    terms: dict[int, list[Term]] = {agreement_id: [] for agreement_id in ids}
    members: dict[int, list[Member]] = {agreement_id: [] for agreement_id in ids}
    for term in db.session.scalars(
        select(LinkageTerm).where(LinkageTerm.agreement_id.in_(ids)).order_by(LinkageTerm.id)
    ):
        terms[term.agreement_id].append(Term(term.mode, term.share_bp, term.sponsor_fee_fen, term.unit_fen))
    for member in db.session.execute(
        select(
            LinkageMember.agreement_id,
            LinkageMember.household_id,
            LinkageMember.shares,
            LinkageMember.mu_hundredths,
        )
        .where(LinkageMember.agreement_id.in_(ids))
        .order_by(LinkageMember.household_id)
    ):
        members[member.agreement_id].append(Member(*member[1:]))
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


_LOTS = (
    select(
        SupplyLot.id,
        SupplyLot.household_id,
        Household.village_code,
        SupplyLot.total_fen,
        SupplyLot.units,
        SupplyLot.payment,
    )
    .join(Household, Household.id == SupplyLot.household_id)
    .where(SupplyLot.id.in_(bindparam("ids", expanding=True)))
)


def lots(lot_ids: Collection[int]) -> dict[int, LotFacts]:
    """Lots by id; unknown ids are left out."""
    if not lot_ids:
        return {}
    rows = read(_LOTS, {"ids": list(lot_ids)})
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


def linked_household_counts(product_ids: Collection[int]) -> dict[int, int]:
    """Households bound to each product by agreements in force today, each counted once. One query; products without
    any are left out."""
    if not product_ids:
        return {}
    return dict(
        db.session.execute(
            select(LinkageAgreement.product_id, func.count(LinkageMember.household_id.distinct()))
            .join(LinkageMember, LinkageMember.agreement_id == LinkageAgreement.id)
            .where(LinkageAgreement.product_id.in_(product_ids), _binds(clock.today()))
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


@dataclass(frozen=True, slots=True)
class HouseholdAgreement:
    """``price_fen``: what a unit was certified at, as the caller's subquery found it."""

    id: int
    supplier_id: int
    supplier_name: str
    product_name: str
    unit: str
    starts_on: date
    ends_on: date
    price_fen: int | None
    terms: SaleTerms


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


def agreements_with(
    household_ids: Collection[int], price_fen: ColumnElement[int | None]
) -> dict[int, list[HouseholdAgreement]]:
    """Agreements that bind today by household, the latest first, with their terms and hours; also one whose wages wait
    for a work sheet. ``price_fen``: a subquery of a room above, correlated to ``LinkageAgreement``. One query."""
    theirs = select(LinkageMember.agreement_id).where(LinkageMember.household_id.in_(household_ids))
    rows = db.session.execute(
        _terms_select()
        .add_columns(
            LinkageAgreement.supplier_id,
            Supplier.name,
            DeclaredProduct.name,
            DeclaredProduct.unit,
            LinkageAgreement.starts_on,
            LinkageAgreement.ends_on,
            price_fen,
        )
        .join(DeclaredProduct, DeclaredProduct.id == LinkageAgreement.product_id)
        .join(Supplier, Supplier.id == LinkageAgreement.supplier_id)
        .where(LinkageAgreement.id.in_(theirs), _binds(clock.today()))
        .order_by(LinkageAgreement.id.desc(), LinkageTerm.id, LinkageMember.household_id)
    )
    gathered: dict[int, _Gathered] = {}
    facts: dict[int, Sequence[Any]] = {}
    for row in rows:
        gathered.setdefault(row.id, _Gathered(row.id, row.work_sheet_id)).take(row)
        facts[row.id] = row[-7:]
    found: dict[int, list[HouseholdAgreement]] = {household_id: [] for household_id in household_ids}
    for each, said in facts.items():
        agreement = HouseholdAgreement(*(each, *said, gathered[each].sale_terms()))
        for household_id in found.keys() & gathered[each].members.keys():
            found[household_id].append(agreement)
    return found


def terms_with_hours(agreement_ids: Collection[int]) -> dict[int, SaleTerms]:
    """Terms, members and the hours of the latest closed work sheet by agreement, whatever its state. One query."""
    found = {each: _Gathered(each, None) for each in agreement_ids}
    rows = db.session.execute(
        _terms_select()
        .where(LinkageAgreement.id.in_(found))
        .order_by(LinkageAgreement.id, LinkageTerm.id, LinkageMember.household_id)
    )
    for row in rows:
        found[row.id].work_sheet_id = row.work_sheet_id
        found[row.id].take(row)
    return {each: gathered.sale_terms() for each, gathered in found.items()}


def successor_of(agreement_id: int) -> int:
    """The id of the newest version in force that goes on from this one, itself where none does."""
    while True:
        later = db.session.scalar(
            select(func.max(LinkageAgreement.id)).where(
                LinkageAgreement.amends_id == agreement_id, LinkageAgreement.state != AgreementState.DRAFT
            )
        )
        if later is None:
            return agreement_id
        agreement_id = later


def terms_in_force_clause(
    product_id_column: InstrumentedAttribute[int] | ColumnElement[int], on: date | None = None
) -> ColumnElement[bool]:
    """SQL criterion: an agreement under which goods may be sold covers this product on the day (default: today)."""
    return exists(
        select(LinkageAgreement.id)
        .where(LinkageAgreement.product_id == product_id_column, covers(on or clock.today()))
        .correlate_except(LinkageAgreement)  # the query around it may read agreements of its own
    )


def waits_for_hours(product_id: int) -> bool:
    """Whether an agreement binds the product today and only a closed work sheet is missing."""
    day = clock.today()
    found = db.session.scalar(
        select(LinkageAgreement.id)
        .where(LinkageAgreement.product_id == product_id, _binds(day), ~covers(day))
        .limit(1)
    )
    return found is not None


def leading_enterprises(except_id: int) -> list[tuple[int, str]]:
    """Admitted leading enterprises a chain may name, by name; not the supplier itself."""
    rows = db.session.execute(
        select(Supplier.id, Supplier.name)
        .where(
            Supplier.kind == SupplierKind.LEADING_ENTERPRISE,
            Supplier.id != except_id,
            admitted_clause(Supplier.id),
        )
        .order_by(Supplier.name)
    )
    return [(row.id, row.name) for row in rows]
