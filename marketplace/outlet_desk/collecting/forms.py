"""What is written down at the scale."""

from wtforms import DateField, RadioField, SelectField
from wtforms.validators import InputRequired, Length, Optional

from certification.linkage.lots import LotDelivery
from certification.linkage.rules import LotPayment
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import CleanStringField, Form, WholeNumberField, YuanField, choices_of
from marketplace.outlet_desk.collecting.rules import WeightUnit, agreed_total, parse_weight


class CollectForm(Form):
    household_id = SelectField("哪一户", coerce=int)
    weight = CleanStringField("过秤重量", [InputRequired("请填重量"), Length(max=12)])
    unit = RadioField(
        "按什么称",
        choices=choices_of((unit.value, unit.label) for unit in WeightUnit),
        default=WeightUnit.JIN.value,
    )
    price_fen = YuanField("单价", [Optional()])
    total_fen = YuanField("或者，一批的总价", [Optional()])
    units = WholeNumberField("装成多少份", [InputRequired("请填份数")], minimum=1, maximum=1_000_000)
    grade = CleanStringField("等级", [Optional(), Length(max=40, message="请不要超过 40 个字")])
    place = CleanStringField("收货地点", [Optional(), Length(max=80, message="请不要超过 80 个字")])
    received_on = DateField("收货日期", [InputRequired("请填收货日期")])

    @property
    def weight_unit(self) -> WeightUnit:
        return WeightUnit(self.unit.data) if self.unit.data in set(WeightUnit) else WeightUnit.JIN

    def grams(self) -> int:
        """Raises InvalidInput at ``weight``."""
        return parse_weight(self.weight.data or "", self.weight_unit)

    def agreed_fen(self) -> int:
        """The total, said or reckoned: exactly one of the two prices. Raises InvalidInput at its field."""
        if (self.price_fen.data is None) == (self.total_fen.data is None):
            raise InvalidInput("collect.one_price", field="price_fen")
        if self.total_fen.data is not None:
            return int(self.total_fen.data)
        return agreed_total(self.grams(), int(self.price_fen.data), self.weight_unit)

    def delivery(self) -> LotDelivery:
        """Raises InvalidInput at a field."""
        grams = self.grams()
        return LotDelivery(
            payment=LotPayment.CONSIGNED,
            grams=grams,
            total_fen=self.agreed_fen(),
            units=int(self.units.data),
            received_on=self.received_on.data,  # type: ignore[arg-type]
            grade=self.grade.data or "",
            place=self.place.data or "",
        )
