"""What is asked of a household wherever it is written down. What is stored is never put back into a field: it is shown
masked beside it."""

from dataclasses import replace

from wtforms import SelectField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    MobileField,
    NameField,
    WholeNumberField,
    choices_of,
)
from marketplace.parties.household_commands import HouseholdDraft
from marketplace.parties.rules import HouseholdStatus

STATUSES = choices_of((status.value, status.label) for status in HouseholdStatus)


class HouseholdFields(Form):
    """All but the village, which some are asked for and others have."""

    head_name = NameField(
        "户主姓名", [InputRequired("请填户主姓名"), Length(max=30, message="请不要超过 30 个字")]
    )
    people = WholeNumberField("家里几口人", [InputRequired("请填人数")], minimum=1, maximum=30)
    status = SelectField("现在的身份", choices=STATUSES)
    id_number = CleanStringField(
        "户主身份证号", [InputRequired("请填身份证号"), Length(max=30, message="身份证号是 18 位")]
    )
    mobile = MobileField("手机", [Optional()])

    def draft(self, village_code: str) -> HouseholdDraft:
        return HouseholdDraft(
            village_code=village_code,
            head_name=str(self.head_name.data),
            people=int(self.people.data),
            status=HouseholdStatus(str(self.status.data)),
            id_number=str(self.id_number.data),
            mobile=self.mobile.data or None,
        )


class HouseholdWithAccountFields(HouseholdFields):
    bank_name = CleanStringField("开户行", [Optional(), Length(max=60)])
    bank_account = CleanStringField("银行卡号", [Optional(), Length(max=40)])

    def draft(self, village_code: str) -> HouseholdDraft:
        return replace(
            super().draft(village_code),
            bank_name=self.bank_name.data or "",
            bank_account=self.bank_account.data or "",
        )
