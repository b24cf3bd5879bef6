"""Forms of after-sales."""

from flask_wtf.file import FileField
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form
from orders.refunds.rules import RefundKind

KINDS = (
    SelectChoice(RefundKind.REFUND_ONLY.value, "只退款"),
    SelectChoice(RefundKind.RETURN_AND_REFUND.value, "退货退款"),
)
REASON = Length(min=2, max=200, message="请用 2–200 个字说说原因")


class RefundForm(Form):
    """申请售后; the quantities are read beside it, one field a line."""

    kind = RadioField(
        "怎么退", [InputRequired("请选怎么退")], choices=KINDS, default=RefundKind.REFUND_ONLY.value
    )
    reason = TextAreaField("原因", [InputRequired("请说说原因"), REASON])
    photo = FileField("照片")


class CancelForm(Form):
    """取消订单"""

    reason = CleanStringField("原因", [Length(max=200, message="请不要超过 200 个字")])
