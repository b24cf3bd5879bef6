"""Forms of after-sales."""

from flask_wtf.file import MultipleFileField
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form
from orders.refunds.rules import RefundCause, RefundKind
from orders.refunds.words import CAUSES, KINDS

REASON = Length(min=2, max=200, message="请用 2–200 个字说说原因")


def _choices(words: dict[RefundKind, str] | dict[RefundCause, str]) -> list[SelectChoice]:
    return [SelectChoice(each.value, word) for each, word in words.items()]


class RefundForm(Form):
    """申请售后; the quantities are read beside it, one field a line."""

    kind = RadioField(
        "怎么退",
        [InputRequired("请选怎么退")],
        choices=_choices(KINDS)[:2],
        default=RefundKind.REFUND_ONLY.value,
    )
    cause = RadioField("为什么退", [InputRequired("请选原因")], choices=_choices(CAUSES))
    reason = TextAreaField("说说情况", [InputRequired("请说说情况"), REASON])
    photos = MultipleFileField("照片")

    def nothing_to_send_back(self) -> None:
        """A visit: only the money goes back."""
        self.kind.choices = _choices({RefundKind.REFUND_ONLY: KINDS[RefundKind.REFUND_ONLY]})


class SendBackForm(Form):
    """退货寄出"""

    carrier = CleanStringField(
        "快递公司", [InputRequired("请填快递公司"), Length(max=30, message="快递公司请不要超过 30 个字")]
    )
    tracking_number = CleanStringField(
        "运单号", [InputRequired("请填运单号"), Length(max=40, message="运单号请不要超过 40 个字")]
    )


class AppealForm(Form):
    """申请平台介入"""

    text = TextAreaField(
        "为什么不认可",
        [InputRequired("请写明理由"), Length(min=5, max=300, message="请用 5–300 个字说说为什么不认可")],
    )


class CancelForm(Form):
    """取消订单"""

    reason = CleanStringField("原因", [Length(max=200, message="请不要超过 200 个字")])
