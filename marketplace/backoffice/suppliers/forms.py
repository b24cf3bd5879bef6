"""The decisions about a supplier."""

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import CleanStringField, Form, choices_of


class ReasonForm(Form):
    reason = TextAreaField(
        "原因", [InputRequired("请写明原因"), Length(max=500, message="请不要超过 500 个字")]
    )


class NoteForm(Form):
    """What is to be mended, or why one does without."""

    reason = CleanStringField(
        "要补什么，或为什么免除", [InputRequired("请写一句"), Length(max=200, message="请不要超过 200 个字")]
    )


class LicenceAnswerForm(Form):
    """An admin's answer to a change of what the licence says; a reason only where it is sent back."""

    answer = RadioField(
        "核对结果",
        [InputRequired("请选一项")],
        choices=choices_of([("confirm", "和新执照一致，变更"), ("refuse", "退回")]),
    )
    reason = CleanStringField("退回的原因", [Optional(), Length(max=200, message="请不要超过 200 个字")])


class ChangeForm(Form):
    """An admin's answer to a change of account; a reason only where it is refused."""

    answer = RadioField(
        "核对结果",
        [InputRequired("请选一项")],
        choices=choices_of([("confirm", "账户属实，启用"), ("refuse", "不同意")]),
    )
    reason = CleanStringField("不同意的原因", [Optional(), Length(max=200, message="请不要超过 200 个字")])
