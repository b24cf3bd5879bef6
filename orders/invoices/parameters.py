"""How long one may ask for an invoice."""

from marketplace.kernel.parameters import Parameter

ASK_DAYS = Parameter(
    "invoices.ask_days",
    default=180,
    unit="day",
    source="平台发票规则（示例）第 2 条：下单后 180 天内可以申请开票，过期请直接联系供应商",
)
