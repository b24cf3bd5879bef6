"""Forms of the households' register. What is stored is never put back into a field: it is shown masked beside it."""

from wtforms import DateField, FileField, SelectField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    WholeNumberField,
    choices_of,
)
from marketplace.parties.household_forms import STATUSES, HouseholdFields
from marketplace.parties.rules import ConsentPurpose
from marketplace.regions.forms import RegionField

_REASON = [InputRequired("请写明原因"), Length(max=200)]


class NewHouseholdForm(HouseholdFields):
    village_code = RegionField("所在村")


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
