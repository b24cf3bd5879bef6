"""The decisions about a supplier."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import Form


class ReasonForm(Form):
    reason = TextAreaField(
        "原因", [InputRequired("请写明原因"), Length(max=500, message="请不要超过 500 个字")]
    )
