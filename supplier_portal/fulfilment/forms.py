"""Forms of shipping, after-sales and freight."""

from flask_wtf.file import FileField
from wtforms import BooleanField, DateTimeLocalField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import CleanStringField, Form, WholeNumberField, YuanField
from orders.fulfilment.carriers import carriers
from orders.fulfilment.rules import FreightBasis

MAX_GRAMS = 100_000


class ShipForm(Form):
    """发货; the quantities are read beside it, one field a line."""

    carrier = SelectField("快递公司", choices=[SelectChoice(name, name) for name in carriers()])
    tracking_number = CleanStringField(
        "运单号", [InputRequired("请填运单号"), Length(max=40, message="运单号请不要超过 40 个字")]
    )


class SeenForm(Form):
    """加一条物流"""

    at = DateTimeLocalField("什么时候", validators=[InputRequired("请填时间")], format="%Y-%m-%dT%H:%M")
    text = CleanStringField(
        "到哪儿了", [InputRequired("请写到哪儿了"), Length(max=100, message="请不要超过 100 个字")]
    )


class TableForm(Form):
    """一张表格"""

    file = FileField("表格")


class CancelForm(Form):
    """发不了货"""

    reason = CleanStringField(
        "理由", [InputRequired("请写明理由"), Length(max=200, message="请不要超过 200 个字")]
    )


class DecisionForm(Form):
    """售后答复; whether the goods can be sold again is read beside it, one field a line."""

    decision = RadioField(
        "答复",
        [InputRequired("请选一项")],
        choices=[],  # what may be answered now
    )
    return_to = CleanStringField(
        "寄回到哪儿", [Length(max=200, message="请不要超过 200 个字")], description="收件人、电话、地址"
    )
    note = CleanStringField("给买家的话", [Length(max=200, message="请不要超过 200 个字")])


class FreightForm(Form):
    """运费"""

    province_code = SelectField("送到")
    is_excluded = BooleanField("这里不送")
    basis = RadioField(
        "按什么算",
        choices=[
            SelectChoice(FreightBasis.WEIGHT.value, "按重量"),
            SelectChoice(FreightBasis.PIECE.value, "按件"),
        ],
        default=FreightBasis.WEIGHT.value,
    )
    first_size = WholeNumberField("首重或首件", [Optional()], minimum=1, maximum=MAX_GRAMS)
    first_fen = YuanField("首重（首件）运费", [Optional()])
    next_size = WholeNumberField("续重或续件，每", [Optional()], minimum=1, maximum=MAX_GRAMS)
    next_fen = YuanField("续重（续件）运费", [Optional()])
    free_over_fen = YuanField("满多少包邮", [Optional()])

    @property
    def default_size(self) -> int:
        return 1000 if self.basis.data == FreightBasis.WEIGHT.value else 1
