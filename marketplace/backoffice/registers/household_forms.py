"""Forms of the households' register. What is stored is never put back into a field: it is shown masked beside it."""

from wtforms import DateField, FileField, SelectField
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
from marketplace.parties.rules import ConsentPurpose, HouseholdStatus
from marketplace.regions.forms import RegionField

STATUSES = choices_of((status.value, status.label) for status in HouseholdStatus)
_REASON = [InputRequired("请写明原因"), Length(max=200)]


class NewHouseholdForm(Form):
    village_code = RegionField("所在村")
    head_name = NameField("户主姓名", [InputRequired("请填户主姓名"), Length(max=30)])
    people = WholeNumberField("家里几口人", [InputRequired("请填人数")], minimum=1, maximum=30)
    status = SelectField("现在的身份", choices=STATUSES)
    id_number = CleanStringField("户主身份证号", [InputRequired("请填身份证号"), Length(max=30)])
    mobile = MobileField("手机", [Optional()])

    def draft(self) -> HouseholdDraft:
        return HouseholdDraft(
            village_code=str(self.village_code.data),
            head_name=str(self.head_name.data),
            people=int(self.people.data),
            status=HouseholdStatus(str(self.status.data)),
            id_number=str(self.id_number.data),
            mobile=self.mobile.data or None,
        )


class StatusForm(Form):
    status = SelectField("新的身份", choices=STATUSES)
    valid_from = DateField("从哪天起", [InputRequired("请选日期")])
    reason = CleanStringField("原因", _REASON)


class MoveForm(Form):
    to_village = RegionField("迁到哪个村")
    moved_on = DateField("哪天迁的", [InputRequired("请选日期")])
    reason = CleanStringField("原因", _REASON)


class PeopleForm(Form):
    people = WholeNumberField("家里几口人", [InputRequired("请填人数")], minimum=1, maximum=30)
    reason = CleanStringField("原因", _REASON)


class ConsentForm(Form):
    purpose = SelectField("同意什么", choices=choices_of((each.value, each.label) for each in ConsentPurpose))
    given_on = DateField("哪天签的", [InputRequired("请选日期")])
    scan = FileField("签字的同意书")


class ReasonForm(Form):
    reason = CleanStringField("原因", [Length(max=200)])
