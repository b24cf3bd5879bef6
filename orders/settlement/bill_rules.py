"""Pure rules of settlement bills: which days a period has, and what is settled between platform and supplier."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from orders.ledger.rules import GOODS_KINDS, AccountKind

#: the accounts a bill settles; they add up to 0 over any period
SETTLED = (
    AccountKind.FUNDS,
    *GOODS_KINDS,
    AccountKind.FREIGHT_DUE,
    AccountKind.SUBSIDY,
    AccountKind.DISPUTED,
    AccountKind.DISPUTE_LOSS,
)


class SettlementPeriod(StrEnum):
    """How often a supplier gets its bill: by week (to Sunday), to the 15th and the end of a month, by month."""

    WEEK = "week"
    HALF_MONTH = "half_month"
    MONTH = "month"


def last_day(period: SettlementPeriod, first: date) -> date:
    """The last day of the period that ``first`` lies in; a supplier that changes its period begins where it stands."""
    end_of_month = date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)
    match period:
        case SettlementPeriod.WEEK:
            return first + timedelta(days=6 - first.weekday())
        case SettlementPeriod.HALF_MONTH:
            return first.replace(day=15) if first.day <= 15 else end_of_month
        case SettlementPeriod.MONTH:
            return end_of_month


def periods_until(period: SettlementPeriod, first: date, today: date) -> Iterator[tuple[date, date]]:
    """(first, last day) of the periods from ``first`` on that are over before ``today``."""
    while (end := last_day(period, first)) < today:
        yield first, end
        first = end + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BillSums:
    """A period of one supplier, in fen, refunds taken off when they happened. ``goods_fen`` is net of its own discounts
    and before fees; ``received_fen`` came from buyers to the supplier's own account, ``disputed_fen`` of it went
    back to a bank over open or lost disputes."""

    goods_fen: int
    freight_fen: int
    received_fen: int
    subsidy_fen: int
    disputed_fen: int
    fee_fen: int
    outlet_fee_fen: int

    @property
    def settle_fen(self) -> int:
        """What the platform pays the supplier, negative where the supplier pays: buyers' money went to the supplier's
        own account in full, so what is open is the subsidy it gets and the fees it gives."""
        return self.subsidy_fen - self.fee_fen - self.outlet_fee_fen


def sums_of(by_kind: Mapping[AccountKind, int]) -> BillSums:
    """From the period's postings by kind of account, debit +."""

    def of(kind: AccountKind) -> int:
        return by_kind.get(kind, 0)

    return BillSums(
        goods_fen=-sum(of(kind) for kind in GOODS_KINDS),
        freight_fen=-of(AccountKind.FREIGHT_DUE),
        received_fen=of(AccountKind.FUNDS),
        subsidy_fen=of(AccountKind.SUBSIDY),
        disputed_fen=of(AccountKind.DISPUTED) + of(AccountKind.DISPUTE_LOSS),
        fee_fen=-of(AccountKind.PLATFORM_FEE),
        outlet_fee_fen=-of(AccountKind.OUTLET_FEE),
    )
