"""The platform's word on a reported review."""

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from catalog.reviews.rules import LONGEST_REASON, SHORTEST_REASON
from catalog.reviews.words import FAULTS
from marketplace.kernel.forms import Form, choices_of

_REASON = [
    InputRequired("请写明理由"),
    Length(SHORTEST_REASON, LONGEST_REASON, message="请用 5–200 个字写明理由"),
]


class HideForm(Form):
    """隐藏"""

    fault = RadioField(
        "隐藏的原因",
        [InputRequired("请选一项")],
        choices=choices_of((fault.value, word) for fault, word in FAULTS.items()),
    )
    reason = TextAreaField("理由", _REASON)


class ReasonForm(Form):
    """恢复, 举报不成立"""

    reason = TextAreaField("理由", _REASON)
