"""Products whose households are paid by the hours they worked."""

from dataclasses import dataclass
from datetime import timedelta

from certification.linkage.rules import LinkageMode
from certification.linkage.sheet_rules import Hours, SheetFacts
from certification.linkage.sheets import confirm_hours, open_sheet, submit_sheet
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from tests.factories import builders

WAGE_FEN = 250


@dataclass
class Workshop:
    """A certified product on sale, but for a closed work sheet; ids and actors."""

    supplier: int
    owner: Actor
    village: Actor
    households: list[int]
    product: int
    agreement: int
    listing: int
    sku: int


def workshop(
    *,
    villages: tuple[str, ...] = (builders.VILLAGE,) * 3,
    modes: dict[LinkageMode, int] | None = None,
    price_fen: int = 3000,
) -> Workshop:
    supplier = builders.supplier()
    households = [builders.household(code, supplier_id=supplier) for code in villages]
    product = builders.product(supplier)
    agreement = builders.agreement(
        supplier,
        product,
        households,
        modes=modes or {LinkageMode.LABOUR: WAGE_FEN},
        mu=[100 * (place + 1) for place in range(len(households))],
    )
    builders.certificate(product)
    listing = builders.listing(product)
    sku = builders.sku(listing, price_fen=price_fen)
    builders.stock(sku, 50)
    return Workshop(
        supplier,
        builders.owner_of(supplier),
        builders.official_of(builders.VILLAGE),
        households,
        product,
        agreement,
        listing,
        sku,
    )


def facts(hours: dict[int, int], *, first: int = 20, last: int = 11) -> SheetFacts:
    """``hours`` in minutes by household; days counted back from today."""
    today = clock.today()
    return SheetFacts(
        today - timedelta(days=first),
        today - timedelta(days=last),
        "分拣装箱",
        "社区工厂",
        tuple(Hours(household, minutes) for household, minutes in hours.items()),
    )


def closed_sheet(made: Workshop, hours: dict[int, int], **days: int) -> int:
    """Entered, handed in, and confirmed by the village."""
    sheet = open_sheet(made.owner, made.agreement, facts(hours, **days))
    submit_sheet(made.owner, sheet)
    for household in hours:
        confirm_hours(made.village, sheet, household)
    return sheet
