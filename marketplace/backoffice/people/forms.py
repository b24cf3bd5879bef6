"""Giving and taking roles, disabling accounts."""

from wtforms import SelectField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.accounts.models import Role
from marketplace.kernel.forms import CleanStringField, Form, choices_of
from marketplace.regions.forms import RegionField

PROVINCE = "610000000000"  # 陕西省: the picker starts with its cities, so that 西安市 itself can be chosen


class ReasonForm(Form):
    reason = CleanStringField(
        "原因", [InputRequired("请写明原因"), Length(max=200, message="请不要超过 200 个字")]
    )


class RoleForm(Form):
    role = SelectField("角色", choices=choices_of((role.value, role.label) for role in Role))
    region = RegionField("管哪里", root=PROVINCE, labels=("市", "区县", "镇街", "村"), complete=False)
    target = CleanStringField("哪一家、哪一户", [Optional(), Length(max=40)])
    reason = CleanStringField(
        "依据或原因", [InputRequired("请写明依据"), Length(max=200, message="请不要超过 200 个字")]
    )
