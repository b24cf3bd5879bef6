"""Forms of shipping, after-sales and freight."""

from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import CleanStringField, Form, WholeNumberField, YuanField

CARRIERS = (
    "顺丰速运",
    "京东物流",
    "中通快递",
    "圆通速递",
    "韵达快递",
    "申通快递",
    "极兔速递",
    "邮政 EMS",
    "自送",
)
MAX_GRAMS = 100_000


class ShipForm(Form):
    """发货; the quantities are read beside it, one field a line."""

    carrier = SelectField("快递公司", choices=[SelectChoice(each, each) for each in CARRIERS])
    tracking_number = CleanStringField(
        "运单号", [InputRequired("请填运单号"), Length(max=40, message="运单号请不要超过 40 个字")]
    )


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
        choices=[SelectChoice("approve", "同意退款"), SelectChoice("reject", "不同意")],
    )
    note = CleanStringField("给买家的话", [Length(max=200, message="请不要超过 200 个字")])


class FreightForm(Form):
    """运费"""

    province_code = SelectField("送到")
    is_excluded = BooleanField("这里不送")
    first_grams = WholeNumberField("首重", [Optional()], minimum=1, maximum=MAX_GRAMS, default=1000)
    first_fen = YuanField("首重运费", [Optional()])
    next_grams = WholeNumberField("续重每", [Optional()], minimum=1, maximum=MAX_GRAMS, default=1000)
    next_fen = YuanField("每续重运费", [Optional()])
    free_over_fen = YuanField("满多少包邮", [Optional()])
