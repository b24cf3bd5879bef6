"""The platform's word on a refused claim."""

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form
from orders.refunds.arbitration import Ruling

CHOICES = {
    Ruling.REFUND: "支持买家，直接退款",
    Ruling.RETURN_FIRST: "支持买家，先寄回再退",
    Ruling.UPHOLD: "维持供应商的答复",
}


class RulingForm(Form):
    """裁定; whether goods that came back can be sold again is read beside it, one field a line."""

    ruling = RadioField(
        "怎么定",
        [InputRequired("请选一项")],
        choices=[SelectChoice(each.value, word) for each, word in CHOICES.items()],
    )
    return_to = CleanStringField("寄回到哪儿", [Length(max=200, message="请不要超过 200 个字")])
    reason = TextAreaField(
        "理由", [InputRequired("请写明理由"), Length(min=5, max=300, message="请用 5–300 个字写明理由")]
    )
