"""What bills are called on both desks."""

from collections.abc import Mapping

from orders.settlement.bill_rules import SettlementPeriod
from orders.settlement.workflow import BillState

BILL_WORDS: Mapping[BillState, tuple[str, str]] = {
    BillState.ISSUED: ("已出账，等供应商核对", "warn"),
    BillState.CHECKED: ("已核对，等结清", "info"),
    BillState.SETTLED: ("已结清", "done"),
}
PERIOD_WORDS: Mapping[SettlementPeriod, str] = {
    SettlementPeriod.WEEK: "每周",
    SettlementPeriod.HALF_MONTH: "每半月",
    SettlementPeriod.MONTH: "每月",
}
