"""What happened to a supplier's standing, when, by whom and why: one row per change, never taken back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import SupplierStep

WORDS = {
    "register": "登记",
    "sponsor_ask": "请担保",
    "sponsor_agree": "担保方同意",
    "sponsor_decline": "担保方没有同意",
    "submit": "提交审核",
    "return": "退回补正",
    "household": "核对户，记入名册",
    "approve": "通过入驻",
    "suspend": "暂停",
    "reinstate": "恢复",
    "paper": "换新证照",
    "contact": "改联系方式",
    "bank_confirm": "换了收款账户",
    "licence": "变更登记资料",
    "reattest": "确认资料没有变",
    "verify": "半年复核通过",
    "verify_return": "复核退回",
}


@dataclass(frozen=True, slots=True)
class StepRow:
    action: str
    reason: str
    actor_id: int | None
    at: datetime

    @property
    def title(self) -> str:
        return WORDS.get(self.action, self.action)


def record_step(supplier_id: int, action: str, actor_id: int | None, reason: str = "") -> None:
    """Add a step to the running transaction."""
    db.session.add(
        SupplierStep(supplier_id=supplier_id, action=action, reason=reason, actor_id=actor_id, at=clock.now())
    )


def steps_of(supplier_id: int) -> list[StepRow]:
    """Newest first, the last hundred."""
    rows = db.session.execute(
        select(SupplierStep.action, SupplierStep.reason, SupplierStep.actor_id, SupplierStep.at)
        .where(SupplierStep.supplier_id == supplier_id)
        .order_by(SupplierStep.id.desc())
        .limit(100)
    )
    return [StepRow(*row) for row in rows]
