"""Forms of paying households and of settlement bills."""

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form


class DisbursementForm(Form):
    """``expected`` is the sum in fen that was on the page."""

    paid_on = DateField("打款日期", validators=[InputRequired("请选打款的日期")])
    voucher_number = CleanStringField(
        "回单编号",
        validators=[InputRequired("请填银行回单上的编号"), Length(max=60, message="不超过 60 个字")],
    )
    voucher = FileField("银行回单")
    expected = HiddenField()


class BounceForm(Form):
    reason = CleanStringField(
        "退回原因",
        validators=[InputRequired("请写明退回原因"), Length(max=200, message="不超过 200 个字")],
    )


class ObjectionForm(Form):
    """Checked by the command, as finance's answer is."""

    text = TextAreaField("哪里不对", render_kw={"rows": 3, "maxlength": 300})
