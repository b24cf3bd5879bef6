"""How long money may take."""

from marketplace.kernel.parameters import Parameter

PROOF_CHECK_DAYS = Parameter(
    "payments.proof_check_days",
    default=7,
    unit="day",
    source="平台交易规则（示例）第 9 条：已传转账凭证的订单，为买家多留 7 天等财务核对",
)
PROOF_RETRY_HOURS = Parameter(
    "payments.proof_retry_hours",
    default=24,
    unit="hour",
    source="平台交易规则（示例）第 9 条：凭证没对上，买家有 24 小时补传",
)
RECONCILE_AFTER_SECONDS = Parameter(
    "payments.reconcile_after_seconds",
    default=60,
    unit="second",
    source="平台对账规范（示例）：付款 1 分钟没有通知，就主动去问支付机构",
)
