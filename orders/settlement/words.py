"""What bills and payments to households are called on every desk, each (word, tone)."""

from collections.abc import Mapping

from orders.settlement.bill_rules import SettlementPeriod
from orders.settlement.workflow import BillState, DisbursementState

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
DISBURSEMENT_WORDS: Mapping[DisbursementState, tuple[str, str]] = {
    DisbursementState.PAID: ("已打款，等农户确认", "info"),
    DisbursementState.BOUNCED: ("银行退回", "warn"),
    DisbursementState.ACKNOWLEDGED: ("农户已收到", "done"),
}
