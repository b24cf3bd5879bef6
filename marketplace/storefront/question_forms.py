"""Forms of who asks and who answers."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from catalog.questions import rules
from marketplace.kernel.forms import Form


class QuestionForm(Form):
    """提问"""

    text = TextAreaField(
        "想问什么",
        [InputRequired("请写下问题"), Length(rules.SHORTEST, rules.LONGEST, message="请写 5–200 个字")],
    )


class AnswerForm(Form):
    """回答"""

    text = TextAreaField(
        "回答",
        [
            InputRequired("请写下回答"),
            Length(rules.SHORTEST_ANSWER, rules.LONGEST_ANSWER, message="请写 5–300 个字"),
        ],
    )
