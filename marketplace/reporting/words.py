"""What states and accounts are called on the screens of reports."""

from collections.abc import Mapping

from certification.linkage.rules import IncomeKind
from marketplace.reporting.dimensions import KIND_MEASURES, STATE_MEASURES, Dimension
from marketplace.reporting.monitoring_rules import Light
from orders.ledger.rules import AccountKind, EntryKind, IncomeState
from orders.ordering.workflow import OrderState

STATE_WORDS: Mapping[IncomeState, str] = {
    IncomeState.ACCRUED: "已记下",
    IncomeState.CONFIRMED: "已确认",
    IncomeState.DISBURSED: "已打款",
    IncomeState.ACKNOWLEDGED: "已收到",
    IncomeState.REVERSED_AFTER_PAYOUT: "付后退款，农户保留",
}
KIND_WORDS: Mapping[IncomeKind, str] = {
    IncomeKind.OPERATING: "经营性",
    IncomeKind.WAGE: "工资性",
    IncomeKind.PROPERTY: "资产性",
}
ORDER_WORDS: Mapping[OrderState, str] = {
    OrderState.PLACED: "待付款",
    OrderState.RELEASED: "待发货",
    OrderState.PARTIALLY_SHIPPED: "部分发货",
    OrderState.SHIPPED: "已发货",
    OrderState.RECEIVED: "已收货",
    OrderState.COMPLETED: "已完成",
    OrderState.CANCELLED: "已取消",
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
    EntryKind.CORRECTION: "更正",
}
ACCOUNT_WORDS: Mapping[AccountKind, str] = {
    AccountKind.FUNDS: "收到的货款",
    AccountKind.SUPPLIER_DUE: "应付供应商货款",
    AccountKind.FREIGHT_DUE: "应付供应商运费",
    AccountKind.PLATFORM_FEE: "平台服务费",
    AccountKind.STRAY: "待退回的款",
    AccountKind.HOUSEHOLD_COST: "供应商欠农户",
    AccountKind.HOUSEHOLD_INCOME: "农户收入",
}
DIMENSION_WORDS: Mapping[Dimension, str] = {
    Dimension.ALL: "全部",
    Dimension.SUPPLIER: "供应商",
    Dimension.PRODUCT: "产品",
    Dimension.CATEGORY: "品类",
    Dimension.UNIT: "单位",
    Dimension.PAIRING: "结对",
    Dimension.NEARNESS: "结对远近",
    Dimension.CHANNEL: "渠道",
    Dimension.OUTLET_PLACED: "网点代买",
    Dimension.OUTLET_PICKUP: "网点自提",
    Dimension.OUTLET_COLLECTED: "网点上行",
    Dimension.OUTLET_CHANNEL: "网点引流",
}
ROLE_WORDS: Mapping[Dimension, str] = {
    Dimension.OUTLET_PLACED: "代买",
    Dimension.OUTLET_PICKUP: "自提",
    Dimension.OUTLET_COLLECTED: "上行",
    Dimension.OUTLET_CHANNEL: "引流",
}
MEASURE_WORDS: Mapping[str, str] = {
    "sales_fen": "净销售",
    "fee_fen": "平台服务费",
    "given_fen": "给农户的",
    **{name: STATE_WORDS[state] for state, name in STATE_MEASURES.items()},
    **{name: KIND_WORDS[kind] for kind, name in KIND_MEASURES.items()},
    "orders": "订单",
}
LIGHT_WORDS: Mapping[Light, str] = {
    Light.RED: "红灯",
    Light.AMBER: "黄灯",
    Light.GREEN: "绿灯",
    Light.EARLY: "未满考察期",
    Light.UNPROMISED: "没有承诺数",
}
LIGHT_TONES: Mapping[Light, str] = {
    Light.RED: "danger",
    Light.AMBER: "warn",
    Light.GREEN: "done",
    Light.EARLY: "",
    Light.UNPROMISED: "",
}
