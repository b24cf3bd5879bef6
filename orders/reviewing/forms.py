"""Forms of who reviews."""

from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from catalog.reviews.commands import Opinion
from catalog.reviews.rules import LONGEST, SHORTEST
from catalog.reviews.words import SCORES
from marketplace.kernel.forms import Form, choices_of

_LENGTH = Length(min=SHORTEST, max=LONGEST, message=f"请写 {SHORTEST}–{LONGEST} 个字")


def _score(label: str) -> RadioField:
    choices = choices_of((str(score), f"{score} 分 {word}") for score, word in SCORES.items())
    return RadioField(label, [InputRequired("请打个分")], choices=choices)


class ReviewForm(Form):
    """评价"""

    goods = _score("商品")
    delivery = _score("物流")
    service = _score("服务")
    text = TextAreaField("说说怎么样", [InputRequired("请说说怎么样"), _LENGTH])
    photos = MultipleFileField("照片")
    anonymous = BooleanField("匿名评价")

    def to_opinion(self) -> Opinion:
        return Opinion(
            int(self.goods.data),
            int(self.delivery.data),
            int(self.service.data),
            str(self.text.data),
            bool(self.anonymous.data),
        )


class FollowUpForm(Form):
    """追评"""

    text = TextAreaField("用了一阵再说说", [InputRequired("请写点什么"), _LENGTH])
