"""What entries, accounts and states of income are called wherever they are shown."""

from collections.abc import Mapping

from orders.ledger.rules import AccountKind, EntryKind, IncomeState

STATE_WORDS: Mapping[IncomeState, str] = {
    IncomeState.ACCRUED: "已记下",
    IncomeState.CONFIRMED: "已确认",
    IncomeState.DISBURSED: "已打款",
    IncomeState.ACKNOWLEDGED: "已收到",
    IncomeState.REVERSED_AFTER_PAYOUT: "付后退款，农户保留",
}
ENTRY_WORDS: Mapping[EntryKind, str] = {
    EntryKind.SALE: "付款入账",
    EntryKind.CONFIRM: "收入确认",
    EntryKind.REFUND: "退款冲回",
    EntryKind.DISBURSE: "打款给农户",
    EntryKind.BOUNCE: "银行退回",
    EntryKind.ACKNOWLEDGE: "确认收到",
    EntryKind.STRAY_MONEY: "多收的款",
    EntryKind.STRAY_RETURN: "多收的款退回",
    EntryKind.SETTLE: "结算单结清",
    EntryKind.CORRECTION: "更正",
    EntryKind.DISPUTE: "买家向银行拒付",
    EntryKind.DISPUTE_END: "拒付了结",
}
ACCOUNT_WORDS: Mapping[AccountKind, str] = {
    AccountKind.FUNDS: "收到的货款",
    AccountKind.SUPPLIER_DUE: "应付供应商货款",
    AccountKind.FREIGHT_DUE: "应付供应商运费",
    AccountKind.PLATFORM_FEE: "平台服务费",
    AccountKind.OUTLET_FEE: "网点佣金",
    AccountKind.SUBSIDY: "应收补贴",
    AccountKind.STRAY: "待退回的款",
    AccountKind.DISPUTED: "争议中的款",
    AccountKind.DISPUTE_LOSS: "拒付损失（供应商承担）",
    AccountKind.HOUSEHOLD_COST: "供应商欠农户",
    AccountKind.HOUSEHOLD_INCOME: "农户收入",
}
#: for ``orders/ledger/_rows.html``
WORDS = {"entries": ENTRY_WORDS, "accounts": ACCOUNT_WORDS, "states": STATE_WORDS}
