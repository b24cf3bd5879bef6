"""The booking form. Only what a buyer decides: price and total are never read from it."""

from datetime import datetime

from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length, Optional, Regexp

from marketplace.kernel.forms import CleanStringField, Form, MobileField, WholeNumberField
from orders.checkout.forms import BY_TRANSFER
from orders.ordering.rules import PaymentMethod


class BookForm(Form):
    key = HiddenField("表单", [InputRequired(), Regexp(r"\A[A-Za-z0-9_-]{16,64}\Z")])
    digest = HiddenField("看到的", [Optional(), Length(max=64)])
    until = HiddenField("看到的约定", [Optional(), Length(max=40)])
    units = WholeNumberField("数量", [InputRequired("请填数量")], minimum=1, maximum=999)
    recipient = CleanStringField(
        "联系人", [InputRequired("请写联系人"), Length(max=20, message="联系人请写 20 字以内")]
    )
    mobile = MobileField("手机号", [InputRequired("请填手机号，商家有事会打这个电话")])
    method = RadioField(
        "怎么付",
        [InputRequired("请选付款方式")],
        choices=[SelectChoice(PaymentMethod.ONLINE.value, "网上付款"), BY_TRANSFER],
        default=PaymentMethod.ONLINE.value,
    )
    agree = BooleanField(
        "我看过改期和退订的约定，同意", [InputRequired("请先看过改期和退订的约定，点一下同意")]
    )

    @property
    def agreed_until(self) -> datetime | None:
        """The hours that were shown; None where the form says none."""
        try:
            return datetime.fromisoformat(self.until.data or "")
        except ValueError:
            return None

    def offer_transfer_only(self) -> None:
        """For a shop without an online provider."""
        self.method.choices = [BY_TRANSFER]
        if not self.is_submitted():
            self.method.data = PaymentMethod.TRANSFER.value
