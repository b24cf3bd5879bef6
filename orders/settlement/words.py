"""What bills are called on both desks."""

from collections.abc import Mapping

from orders.settlement.bill_rules import SettlementPeriod
from orders.settlement.workflow import BillState

BILL_WORDS: Mapping[BillState, tuple[str, str]] = {
    BillState.ISSUED: ("已出账，等供应商核对", "warn"),
    BillState.CHECKED: ("已核对，等结清", "info"),
    BillState.SETTLED: ("已结清", "done"),
}
#: the same on the desk of the supplier itself
OWN_BILL_WORDS: Mapping[BillState, tuple[str, str]] = {
    **BILL_WORDS,
    BillState.ISSUED: ("已出账，等您核对", "warn"),
}
PERIOD_WORDS: Mapping[SettlementPeriod, str] = {
    SettlementPeriod.WEEK: "每周",
    SettlementPeriod.HALF_MONTH: "每半月",
    SettlementPeriod.MONTH: "每月",
}
