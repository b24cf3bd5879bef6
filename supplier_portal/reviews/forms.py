"""Form of the answer."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from catalog.reviews.rules import LONGEST_REPLY
from marketplace.kernel.forms import Form


class ReplyForm(Form):
    """回复评价"""

    text = TextAreaField(
        "回复", [InputRequired("请写回复"), Length(min=2, max=LONGEST_REPLY, message="请写 2–300 个字")]
    )
