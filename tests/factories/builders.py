"""The smallest world a test needs, built row by row: people, supplier, household, product, agreement, certificate,
listing, SKU, lot and stock. Every builder is one transaction (or joins the running one) and returns the new row's id.

Needs the ``regions`` template (the default). What a test does not name is filled in; amounts are fen, weights grams.
"""

from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import select

from catalog.products.models import Listing, Sku
from catalog.products.workflow import ListingState
from catalog.stock.models import StockMovement, StockRow
from catalog.stock.rules import MovementKind
from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.linkage.models import LinkageAgreement, LinkageMember, LinkageTerm, SupplyLot
from certification.linkage.rules import SHARE_MODES, LinkageMode, LotPayment
from certification.linkage.workflow import AgreementState
from certification.products.models import Category, DeclaredProduct
from marketplace.accounts.models import Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.policies import Actor, Grant
from marketplace.accounts.sessions import Browser, open_session
from marketplace.kernel import clock
from marketplace.kernel.db import Base, db
from marketplace.kernel.media import Media, MediaKind
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional
from marketplace.parties.household_queries import id_digest
from marketplace.parties.models import Household, Supplier, SupplierHousehold
from marketplace.parties.rules import HouseholdStatus, SupplierKind
from marketplace.parties.workflow import SupplierState
from marketplace.regions.rules import county_code_of

VILLAGE = "610124103219"  # 西安市周至县马召镇群兴村
VILLAGE_OF_SAME_TOWN = "610124103204"  # 周至县马召镇金盆村
VILLAGE_OF_SAME_COUNTY = "610124101200"  # 周至县哑柏镇哑兴村
VILLAGE_OF_OTHER_COUNTY = "610111007225"  # 灞桥区灞桥街道灞桥堡村
TOWN, COUNTY, CITY = "610124103000", "610124000000", "610100000000"
OTHER_COUNTY = "610111000000"
STREET = "610113001000"  # 雁塔区小寨路街道: where parcels go

_numbers = count(1)


def added(row: Base) -> int:
    """Add a row to the running transaction and give its id."""
    db.session.add(row)
    db.session.flush()
    identity: int = row.id  # type: ignore[attr-defined]
    return identity


@transactional
def user(name: str | None = None, *grants: tuple[Role, ScopeKind, object]) -> Actor:
    """A person with these grants. Logs in nowhere: clients take ``sign_in``."""
    name = name or f"user{next(_numbers)}"
    user_id = added(User(username=name, display_name=name, password_hash="unusable", created_at=clock.now()))
    for role, kind, scope in grants:
        added(
            RoleAssignment(
                user_id=user_id, role=role, scope_kind=kind, scope_id=str(scope), granted_at=clock.now()
            )
        )
    return Actor(user_id, tuple(Grant(role, kind, str(scope)) for role, kind, scope in grants))


def owner_of(supplier_id: int, name: str | None = None) -> Actor:
    return user(name, (Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, supplier_id))


def official_of(region_code: str, name: str | None = None) -> Actor:
    return user(name, (Role.OFFICIAL, ScopeKind.REGION, region_code))


def head_of(household_id: int, name: str | None = None) -> Actor:
    return user(name, (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, household_id))


def finance(name: str | None = None) -> Actor:
    return user(name, (Role.FINANCE, ScopeKind.PLATFORM, ""))


def admin(name: str | None = None) -> Actor:
    return user(name, (Role.ADMIN, ScopeKind.PLATFORM, ""))


@transactional
def supplier(
    village_code: str = VILLAGE,
    *,
    kind: SupplierKind = SupplierKind.COOPERATIVE,
    name: str | None = None,
    sponsor_id: int | None = None,
    household_id: int | None = None,
) -> int:
    """An approved supplier; a pilot household needs its sponsor and household."""
    number = next(_numbers)
    pilot = kind is SupplierKind.PILOT_HOUSEHOLD
    return added(
        Supplier(
            kind=kind,
            state=SupplierState.APPROVED,
            name=name or f"试验{number}合作社（示例）",
            uscc=None if pilot else f"93610124MA{number:08d}",
            village_code=village_code,
            sponsor_id=sponsor_id,
            household_id=household_id,
            contact_name="测试",
            contact_mobile="19900001234",
            bank_name="示例银行",
            bank_account_name="试验合作社（示例）",
            bank_account="6000000000000001",
            created_at=clock.now(),
            approved_at=clock.now(),
        )
    )


@transactional
def household(village_code: str = VILLAGE, *, supplier_id: int | None = None, name: str = "王建国") -> int:
    """A household on the register, known to the supplier when one is named."""
    number = next(_numbers)
    id_number = f"61012418990101{number:04d}"
    household_id = added(
        Household(
            code=f"H-{number:05d}",
            village_code=village_code,
            head_name=name,
            people=3,
            status=HouseholdStatus.REGISTERED,
            id_number=id_number,
            id_digest=id_digest(id_number),
            created_at=clock.now(),
        )
    )
    if supplier_id is not None:
        added(SupplierHousehold(supplier_id=supplier_id, household_id=household_id, since=clock.now()))
    return household_id


@transactional
def category(code: str = "fruit", *, is_fresh: bool = True, is_visit: bool = False) -> str:
    """A category, made once per database: 48 hours after receipt for fresh goods, 168 otherwise."""
    if db.session.get(Category, code) is None:
        hours, kind = 48 if is_fresh else 168, {"is_fresh": is_fresh, "is_visit": is_visit}
        db.session.add(Category(code=code, name="鲜果", position=1, after_sales_hours=hours, **kind))
        db.session.flush()
    return code


@transactional
def product(
    supplier_id: int,
    *,
    origin_code: str = VILLAGE,
    category_code: str | None = None,
    name: str = "翠香猕猴桃",
) -> int:
    return added(
        DeclaredProduct(
            supplier_id=supplier_id,
            category_code=category_code or category(),
            origin_code=origin_code,
            name=name,
            variety="翠香",
            grade="一级",
            unit="斤",
            created_at=clock.now(),
        )
    )


@transactional
def agreement(
    supplier_id: int,
    product_id: int,
    households: list[int],
    *,
    modes: dict[LinkageMode, int] | None = None,
    shares: list[int] | None = None,
    mu: list[int] | None = None,
) -> int:
    """An active agreement for a year around today. ``modes`` maps a mode to its number: share_bp for a dividend, rent
    or trusteeship, sponsor_fee_fen for own produce, unit_fen for labour, ignored for a purchase (the default).
    ``mu`` are hundredths by household, for a rent."""
    today = clock.today()
    agreement_id = added(
        LinkageAgreement(
            supplier_id=supplier_id,
            product_id=product_id,
            state=AgreementState.ACTIVE,
            starts_on=today - timedelta(days=180),
            ends_on=today + timedelta(days=180),
            created_at=clock.now(),
        )
    )
    for mode, figure in (modes or {LinkageMode.PURCHASE: 0}).items():
        added(
            LinkageTerm(
                agreement_id=agreement_id,
                mode=mode,
                share_bp=figure if mode in SHARE_MODES else 0,
                sponsor_fee_fen=figure if mode is LinkageMode.OWN else 0,
                unit_fen=figure if mode is LinkageMode.LABOUR else 0,
            )
        )
    everyone = zip(households, shares or [1] * len(households), mu or [0] * len(households), strict=True)
    for household_id, share, land in everyone:
        added(
            LinkageMember(
                agreement_id=agreement_id, household_id=household_id, shares=share, mu_hundredths=land
            )
        )
    return agreement_id


@transactional
def certificate(
    product_id: int,
    *,
    state: CertificateState = CertificateState.IN_FORCE,
    valid_from: date | None = None,
    valid_until: date | None = None,
    issued_at: datetime | None = None,
) -> int:
    """A certificate in force for three years, with the certified application behind it."""
    declared = db.session.get_one(DeclaredProduct, product_id)
    today = clock.today()
    number = next(_numbers)
    creator = db.session.scalar(select(User.id).limit(1)) or user().user_id
    application_id = added(
        Application(
            supplier_id=declared.supplier_id,
            product_id=product_id,
            region_code=declared.origin_code,
            state=ApplicationState.CERTIFIED,
            created_by=creator,
            created_at=clock.now(),
        )
    )
    return added(
        Certificate(
            number=f"西扶认〔{today.year}〕{number:04d}号",
            application_id=application_id,
            product_id=product_id,
            supplier_id=declared.supplier_id,
            region_code=declared.origin_code,
            state=state,
            valid_from=valid_from or today - timedelta(days=30),
            valid_until=valid_until or today + timedelta(days=1000),
            facts={"product": declared.name},
            issued_at=issued_at or clock.now() - timedelta(days=30),
        )
    )


@transactional
def listing(
    product_id: int, *, title: str = "周至翠香猕猴桃", state: ListingState = ListingState.ON_SALE
) -> int:
    declared = db.session.get_one(DeclaredProduct, product_id)
    return added(
        Listing(
            product_id=product_id,
            supplier_id=declared.supplier_id,
            category_code=declared.category_code,
            county_code=county_code_of(declared.origin_code),
            state=state,
            title=title,
            subtitle="现摘现发",
            description="秦岭北麓的果园，霜降前采摘。",
            specs=[["规格", "5斤装"], ["保存", "阴凉处七天"]],
            first_on_sale_at=clock.now(),
            updated_at=clock.now(),
            created_at=clock.now(),
        )
    )


@transactional
def sku(listing_id: int, *, price_fen: int = 2990, grams: int = 2500, name: str | None = None) -> int:
    """A packing; the listing's cheapest price follows."""
    sku_id = added(
        Sku(listing_id=listing_id, name=name or f"{next(_numbers)}号装", grams=grams, price_fen=price_fen)
    )
    row = db.session.get_one(Listing, listing_id)
    if not row.from_price_fen or price_fen < row.from_price_fen:
        row.from_price_fen, row.from_sku_name = price_fen, db.session.get_one(Sku, sku_id).name
    return sku_id


@transactional
def stock(sku_id: int, units: int, *, lot_id: int | None = None) -> int:
    """Units on hand, received at once. Returns the stock row."""
    row_id = added(StockRow(sku_id=sku_id, lot_id=lot_id, received=units, available=units))
    added(StockMovement(stock_row_id=row_id, kind=MovementKind.RECEIVE, units=units, at=clock.now()))
    return row_id


@transactional
def lot(
    agreement_id: int,
    household_id: int,
    sku_id: int,
    *,
    units: int = 10,
    total_fen: int = 15_000,
    payment: LotPayment = LotPayment.CONSIGNED,
    grams: int = 26_000,
) -> int:
    """What a household brought, with its stock row. Returns the lot; its row is ``stock_row_of(lot_id)``."""
    bought = payment is LotPayment.BOUGHT
    lot_id = added(
        SupplyLot(
            number=f"L{next(_numbers):06d}",
            agreement_id=agreement_id,
            household_id=household_id,
            sku_id=sku_id,
            payment=payment,
            grams=grams,
            received_on=clock.today(),
            total_fen=total_fen,
            units=units,
            voucher_number=f"V{next(_numbers):06d}" if bought else None,
            recorded_at=clock.now(),
        )
    )
    stock(sku_id, units, lot_id=lot_id)
    return lot_id


def stock_row_of(lot_id: int) -> int:
    return db.session.execute(select(StockRow.id).where(StockRow.lot_id == lot_id)).scalar_one()


@transactional
def document(filename: str = "回单.pdf") -> int:
    """A private document's row without a file, for what only needs to name one."""
    return added(
        Media(
            token=new_token(),
            kind=MediaKind.PDF,
            filename=filename,
            sha256="0" * 64,
            size=1,
            uploaded_at=clock.now(),
        )
    )


@transactional
def saleable(
    *,
    village_code: str = VILLAGE,
    units: int = 10,
    price_fen: int = 2990,
    lot_total_fen: int | None = None,
    payment: LotPayment = LotPayment.CONSIGNED,
    supplier_id: int | None = None,
    household_id: int | None = None,
) -> dict[str, int]:
    """One certified product on sale from one lot of one household: the ids by name (supplier, household, product,
    agreement, certificate, listing, sku, lot, stock_row)."""
    supplier_id = supplier_id or supplier(village_code)
    household_id = household_id or household(village_code, supplier_id=supplier_id)
    product_id = product(supplier_id, origin_code=village_code)
    agreement_id = agreement(supplier_id, product_id, [household_id])
    certificate_id = certificate(product_id)
    listing_id = listing(product_id)
    sku_id = sku(listing_id, price_fen=price_fen)
    total = lot_total_fen if lot_total_fen is not None else units * price_fen // 2
    lot_id = lot(agreement_id, household_id, sku_id, units=units, total_fen=total, payment=payment)
    return {
        "supplier": supplier_id,
        "household": household_id,
        "product": product_id,
        "agreement": agreement_id,
        "certificate": certificate_id,
        "listing": listing_id,
        "sku": sku_id,
        "lot": lot_id,
        "stock_row": stock_row_of(lot_id),
    }


def sign_in(client: object, actor: Actor) -> None:
    """Give a test client the session of a person, without the login page."""
    key = open_session(actor.user_id, Browser("Linux 电脑上的 Firefox", "127.0.0.*"), remember=True)
    with client.session_transaction() as session:  # type: ignore[attr-defined]
        session["_user_id"] = f"{actor.user_id}:{key}"
        session["_fresh"] = True
