"""The checkout form. Only what a buyer decides: prices, freight and totals are never read from it."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length, Optional, Regexp

from marketplace.kernel.forms import CleanStringField, MobileField
from orders.invoices.forms import TitleForm
from orders.ordering.rules import PaymentMethod

NEW_ADDRESS = "new"
HOME, PICKUP = "home", "pickup"
BY_TRANSFER = SelectChoice(PaymentMethod.TRANSFER.value, "对公转账")


class CheckoutForm(TitleForm):
    """``address`` is a saved address's id or "new"; detail counts for a new one only, recipient and mobile also for a
    pick-up. The outlet is read by ``orders.checkout.outlets``."""

    #: codes chosen, from the province down
    regions: Sequence[str] = ()

    key = HiddenField("表单", [InputRequired(), Regexp(r"\A[A-Za-z0-9_-]{16,64}\Z")])
    digest = HiddenField("看到的", [Optional(), Length(max=64)])
    how = RadioField(
        "怎么拿到",
        choices=[SelectChoice(HOME, "送到家"), SelectChoice(PICKUP, "到网点自提")],
        default=HOME,
        validate_choice=False,
    )
    outlet = CleanStringField("网点", [Optional(), Length(max=10)])
    address = CleanStringField("送到哪儿", default=NEW_ADDRESS)
    recipient = CleanStringField("收货人", [Length(max=20, message="收货人请写 20 字以内")])
    mobile = MobileField("手机号")
    detail = CleanStringField("详细地址", [Length(max=80, message="详细地址请写 80 字以内")])
    save_address = BooleanField("存到我的地址")
    method = RadioField(
        "怎么付",
        [InputRequired("请选付款方式")],
        choices=[
            SelectChoice(PaymentMethod.ONLINE.value, "网上付款"),
            BY_TRANSFER,
        ],
        default=PaymentMethod.ONLINE.value,
    )
    agree_fresh = BooleanField("我知道生鲜的售后约定，同意")
    wants_invoice = BooleanField("要发票")

    def offer_transfer_only(self) -> None:
        """For a shop without an online provider."""
        self.method.choices = [BY_TRANSFER]
        if not self.is_submitted():
            self.method.data = PaymentMethod.TRANSFER.value

    @property
    def is_pickup(self) -> bool:
        return bool(self.how.data == PICKUP)

    @property
    def is_new_address(self) -> bool:
        return self.address.data in (None, "", NEW_ADDRESS)

    def check_address(self) -> bool:
        """Whether the typed address is complete; what is missing stands at its field."""
        missing: list[tuple[Any, str]] = []
        if not self.recipient.data:
            missing.append((self.recipient, "请写取件人" if self.is_pickup else "请写收货人"))
        if not self.mobile.data and not self.mobile.errors:
            who = "货到了网点会打这个电话" if self.is_pickup else "快递会打这个电话"
            missing.append((self.mobile, f"请填手机号，{who}"))
        if not self.is_pickup and len(self.detail.data or "") < 2:
            missing.append((self.detail, "请写到门牌号"))
        for field, text in missing:
            field.errors = [*field.errors, text]
        return not missing
