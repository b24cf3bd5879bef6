"""Forms of households. What is stored is never put back into a field: it is shown masked beside it."""

from wtforms import FileField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    MobileField,
)
from marketplace.parties.household_forms import HouseholdWithAccountFields
from marketplace.regions.forms import RegionField


class HouseholdForm(HouseholdWithAccountFields):
    village_code = RegionField("所在村")


class ContactForm(Form):
    mobile = MobileField("新手机号", [Optional()])
    bank_name = CleanStringField("新开户行", [Optional(), Length(max=60)])
    bank_account = CleanStringField("新银行卡号", [Optional(), Length(max=40)])
    proof = FileField("农户签字的说明或存折照片", [Optional()])


class ClearForm(Form):
    reason = CleanStringField(
        "为什么要看", [InputRequired("请写明原因"), Length(max=200, message="请不要超过 200 个字")]
    )
