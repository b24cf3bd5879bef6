"""Forms of buying in bulk. Only what a person decides: prices, freight and sums are never read from one."""

from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import CleanStringField, Form, MobileField, choices_of, error_text
from orders.bulk.parameters import KEEP_DAYS
from orders.bulk.rules import PaymentTerm, Purpose, check_delivery_day

PURPOSES = [(purpose.value, purpose.label) for purpose in Purpose]
TERMS = [(term.value, term.label) for term in PaymentTerm]


class FactsForm(Form):
    """采购要求; the place is read beside it, one select a level."""

    budget_unit_id = SelectField("预算单位", coerce=int)
    purpose = RadioField("用在哪儿", [InputRequired("请选一项")], choices=choices_of(PURPOSES))
    payment_term = RadioField("怎么付", [InputRequired("请选一项")], choices=choices_of(TERMS))
    deliver_on = DateField("送货日", [InputRequired("请填送货日")])
    recipient = CleanStringField(
        "收货人", [InputRequired("请写收货人"), Length(max=20, message="收货人请写 20 字以内")]
    )
    mobile = MobileField("手机号", [InputRequired("请填手机号，送货要打这个电话")])
    detail = CleanStringField(
        "详细地址", [InputRequired("请写到门牌号"), Length(max=80, message="详细地址请写 80 字以内")]
    )
    payer = CleanStringField("付款单位", [Optional(), Length(max=80, message="请不要超过 80 个字")])
    note = CleanStringField("给供应商的话", [Optional(), Length(max=200, message="请不要超过 200 个字")])

    def validate_deliver_on(self, field: DateField) -> None:
        if field.data is not None:
            try:
                check_delivery_day(field.data, clock.today(), KEEP_DAYS.get())
            except InvalidInput as error:
                raise ValidationError(error_text(error)) from error


class SubmitForm(Form):
    note = CleanStringField("给审批人的话", [Optional(), Length(max=200, message="请不要超过 200 个字")])
    agree_fresh = BooleanField("我知道生鲜的售后约定，同意")


class DecisionForm(Form):
    """``seen`` is the newest step on the page that was read."""

    seen = HiddenField("看到的")
    note = CleanStringField("意见", [Optional(), Length(max=200, message="请不要超过 200 个字")])


class ReturnForm(Form):
    reason = CleanStringField(
        "退回理由", [InputRequired("请写明为什么退回"), Length(max=200, message="请不要超过 200 个字")]
    )


class AcceptForm(Form):
    note = CleanStringField("验收记录", [Optional(), Length(max=200, message="请不要超过 200 个字")])
