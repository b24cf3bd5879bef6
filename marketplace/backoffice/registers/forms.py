"""Forms of the registers."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import CleanStringField, Form, NameField, YuanField, choices_of
from marketplace.outlets.rules import OutletTier
from marketplace.pairing.rules import PairingKind
from marketplace.regions.forms import RegionField


def _short(most: int) -> Length:
    return Length(max=most, message=f"请不要超过 {most} 个字")


class OutletForm(Form):
    """网点"""

    name = NameField("名称", [InputRequired("请填网点名称"), _short(60)])
    tier = SelectField("类型", choices=choices_of((tier.value, tier.label) for tier in OutletTier))
    region = RegionField("服务地区", complete=False)
    street = RegionField("地址在哪个镇街", labels=("区县", "镇街"), complete=False)
    address = CleanStringField("详细地址", [InputRequired("请填详细地址"), _short(80)])
    phone = CleanStringField("电话", [Optional(), _short(20)])
    opening_hours = CleanStringField("营业时间", [Optional(), _short(60)])
    takes_pickups = BooleanField("买家可以在这里自提")
    collects_produce = BooleanField("在这里收农产品")
    opened_on = DateField("开业日期", [Optional()])


class ReasonForm(Form):
    reason = CleanStringField("原因", [InputRequired("请写明原因"), _short(200)])


class OperatorForm(Form):
    """任命负责人"""

    identifier = CleanStringField("账号或完整手机号", [InputRequired("请填对方的账号或手机号"), _short(40)])
    reason = CleanStringField("依据", [InputRequired("请写明依据"), _short(200)])


class PairingForm(Form):
    """结对"""

    unit = CleanStringField("单位", [InputRequired("请填单位名称或统一社会信用代码"), _short(80)])
    kind = SelectField("类型", choices=choices_of((kind.value, kind.label) for kind in PairingKind))
    village = RegionField("帮扶的村（社区）", complete=False)
    household = CleanStringField("户编号", [Optional(), _short(24)])
    starts_on = DateField("从", [InputRequired("请填开始日期")])
    ends_on = DateField("到", [Optional()])
    note = CleanStringField("备注", [Optional(), _short(200)])

    def target_fields(self) -> list[Any]:
        return [field for name, field in self._fields.items() if name.startswith("target_")]

    def targets(self) -> dict[int, int]:
        """Fen by year; an empty or zero year has no target."""
        found = {int(field.name.removeprefix("target_")): field.data for field in self.target_fields()}
        return {year: fen for year, fen in found.items() if fen}


def pairing_form(years: Sequence[int], **arguments: Any) -> PairingForm:
    """The form with a target for each of these years."""
    targets = {f"target_{year}": YuanField(f"{year}年目标", [Optional()]) for year in years}
    form: PairingForm = type("PairingForm", (PairingForm,), targets)(**arguments)
    return form
