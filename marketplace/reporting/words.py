"""What states and accounts are called on the screens of reports."""

from collections.abc import Mapping

from certification.linkage.rules import IncomeKind
from marketplace.reporting.dimensions import KIND_MEASURES, STATE_MEASURES, Dimension
from marketplace.reporting.monitoring_rules import Light
from orders.ledger.words import STATE_WORDS
from orders.ordering.workflow import OrderState

KIND_WORDS: Mapping[IncomeKind, str] = {
    IncomeKind.OPERATING: "经营性",
    IncomeKind.WAGE: "工资性",
    IncomeKind.PROPERTY: "资产性",
}
ORDER_WORDS: Mapping[OrderState, str] = {
    OrderState.PLACED: "待付款",
    OrderState.RELEASED: "待发货",
    OrderState.PARTIALLY_SHIPPED: "部分发货",
    OrderState.SHIPPED: "在路上",
    OrderState.RECEIVED: "已收货",
    OrderState.COMPLETED: "已完成",
    OrderState.CANCELLED: "已取消",
}
DIMENSION_WORDS: Mapping[Dimension, str] = {
    Dimension.ALL: "全部",
    Dimension.SUPPLIER: "供应商",
    Dimension.PRODUCT: "产品",
    Dimension.CATEGORY: "类别",
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
