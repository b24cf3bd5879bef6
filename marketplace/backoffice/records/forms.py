"""Overriding a parameter."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import Form, WholeNumberField


class ParameterForm(Form):
    value = WholeNumberField("新的值", [InputRequired("请填整数")], minimum=0, maximum=999_999_999)
    source = TextAreaField(
        "依据", [InputRequired("请写明依据"), Length(max=500, message="请不要超过 500 个字")]
    )
