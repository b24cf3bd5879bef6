"""Who hears that a household was paid, or was not after all: the household, its village, and the payer."""

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.kernel.money import format_yuan
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from orders.settlement.models import Disbursement


def tell_paid(paid: Disbursement) -> None:
    own = holders([Role.HOUSEHOLD], ScopeKind.HOUSEHOLD, [paid.household_id])
    key = f"paid-{paid.id}"
    tell(
        Topic.PAYOUT,
        own,
        f"打给您 {format_yuan(paid.amount_fen)}",
        "供应商登记了打款回单。钱到了，请点“收到了”。",
        endpoint="household.home",
        key=key,
    )
    if not own:  # who has no account of its own is asked for by the village
        tell(
            Topic.PAYOUT,
            holders([Role.OFFICIAL], ScopeKind.REGION, [paid.village_code]),
            "有一笔打款等村里确认",
            f"打款单 {paid.number}，问过农户再确认。",
            endpoint="review.acknowledgements",
            key=key,
        )


def tell_bounced(bounced: Disbursement) -> None:
    """The rows are due again."""
    tell(
        Topic.PAYOUT,
        holders([Role.SUPPLIER_OWNER], ScopeKind.SUPPLIER, [bounced.supplier_id]),
        f"打款被银行退回：{bounced.number}",
        f"{format_yuan(bounced.amount_fen)} 又回到待打款，请核对账户后重打。",
        endpoint="supplier.disbursement",
        params={"disbursement_id": bounced.id},
        key=f"bounced-{bounced.id}",
    )
