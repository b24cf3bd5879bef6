"""Form of who reports a review."""

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from catalog.reviews.rules import LONGEST_REASON, SHORTEST_REASON
from catalog.reviews.words import FAULTS
from marketplace.kernel.forms import Form, choices_of


class ReportForm(Form):
    """举报评价"""

    fault = RadioField(
        "为什么举报",
        [InputRequired("请选一项")],
        choices=choices_of((fault.value, word) for fault, word in FAULTS.items()),
    )
    text = TextAreaField(
        "说明",
        [
            InputRequired("请说明一下"),
            Length(SHORTEST_REASON, LONGEST_REASON, message="请用 5–200 个字说明哪里不对"),
        ],
    )
