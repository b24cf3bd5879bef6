"""The platform's word to a supplier."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from catalog.products.rules import LONGEST_REASON, SHORTEST_REASON
from marketplace.kernel.forms import Form


class ReasonForm(Form):
    """强制下架, 恢复"""

    reason = TextAreaField(
        "理由",
        [
            InputRequired("请写明理由"),
            Length(SHORTEST_REASON, LONGEST_REASON, message="请用 5–200 个字写明理由"),
        ],
    )
