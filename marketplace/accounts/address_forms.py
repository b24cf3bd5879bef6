"""The form of a delivery address."""

from typing import Any, Protocol

from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

from marketplace.accounts.pasting import MOST_DETAIL, Pasted
from marketplace.kernel.forms import CleanStringField, Form, MobileField

RECIPIENT = [InputRequired("请写收货人"), Length(1, 20, "收货人请写 20 字以内")]
MOBILE = [InputRequired("请填手机号，快递会打这个电话")]
DETAIL = [InputRequired("请写到门牌号"), Length(2, MOST_DETAIL, f"详细地址请写 2 到 {MOST_DETAIL} 字")]


class _AddressFields(Protocol):
    recipient: Any
    mobile: Any
    detail: Any


def fill_in(form: _AddressFields, pasted: Pasted) -> None:
    """What was recognised replaces what stands there; the rest stays."""
    form.recipient.data = pasted.recipient or form.recipient.data
    form.mobile.data = pasted.mobile or form.mobile.data
    form.detail.data = pasted.detail or form.detail.data


class AddressForm(Form):
    recipient = CleanStringField("收货人", RECIPIENT)
    mobile = MobileField("手机号", MOBILE)
    detail = CleanStringField("详细地址", DETAIL)
    is_default = BooleanField("设为默认地址")
