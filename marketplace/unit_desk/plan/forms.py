"""The form of a unit's plan."""

from typing import Any

from wtforms import BooleanField
from wtforms.validators import InputRequired, Optional

from marketplace.kernel.forms import Form, YuanField
from marketplace.parties.unit_rules import PlanDraft


class PlanForm(Form):
    """Budgets left empty say that there is none; ``no_canteen`` says it aloud, so that nobody forgets the field."""

    target_fen = YuanField("今年打算买多少", [InputRequired("请填今年打算买多少")])
    canteen_budget_fen = YuanField("食堂食材年度预算", [Optional()])
    no_canteen = BooleanField("本单位没有食堂")
    union_budget_fen = YuanField("工会慰问品、福利年度预算", [Optional()])
    platform_832_fen = YuanField("今年在 832 平台已经买了", [Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        fine = bool(super().validate(extra_validators))
        if fine and self.no_canteen.data and self.canteen_budget_fen.data:
            self.canteen_budget_fen.errors = ["填了食堂预算，就不要勾选“没有食堂”"]
            return False
        if fine and not self.no_canteen.data and self.canteen_budget_fen.data is None:
            self.canteen_budget_fen.errors = ["请填食堂预算，没有食堂就勾选下面一项"]
            return False
        return fine

    def draft(self) -> PlanDraft:
        return PlanDraft(
            target_fen=self.target_fen.data,
            canteen_budget_fen=self.canteen_budget_fen.data or None,
            union_budget_fen=self.union_budget_fen.data or None,
            platform_832_fen=self.platform_832_fen.data or 0,
        )
