"""The form of a delivery address."""

from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form, MobileField

RECIPIENT = [InputRequired("请写收货人"), Length(1, 20, "收货人请写 20 字以内")]
MOBILE = [InputRequired("请填手机号，快递会打这个电话")]
DETAIL = [InputRequired("请写到门牌号"), Length(2, 80, "详细地址请写 2 到 80 字")]


class AddressForm(Form):
    recipient = CleanStringField("收货人", RECIPIENT)
    mobile = MobileField("手机号", MOBILE)
    detail = CleanStringField("详细地址", DETAIL)
    is_default = BooleanField("设为默认地址")
