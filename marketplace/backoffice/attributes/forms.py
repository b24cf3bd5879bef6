"""Forms of an attribute, and of each option that it has."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from catalog.attributes import rules
from catalog.attributes.queries import DefinedOption
from catalog.attributes.rules import AttributeKind, OptionDraft
from marketplace.kernel.forms import Form, NameField, WholeNumberField, choices_of

KINDS = {AttributeKind.CHOICE: "选一个", AttributeKind.MARKS: "可选几个"}
EVERYWHERE = "*"
_NAME = [InputRequired("请写属性名"), Length(max=rules.LONGEST_ATTRIBUTE, message="属性名请写 12 个字以内")]


class NewAttributeForm(Form):
    """加一个属性"""

    category = SelectField("哪一类商品", [InputRequired("请选类别")])
    name = NameField("属性名", _NAME)
    kind = RadioField(
        "怎么选",
        [InputRequired("请选一项")],
        choices=choices_of((kind.value, word) for kind, word in KINDS.items()),
        default=AttributeKind.CHOICE.value,
    )
    options = TextAreaField("选项", [InputRequired("请写选项"), Length(max=2000)])


class AttributeForm(Form):
    """改一个属性"""

    name = NameField("属性名", _NAME)
    position = WholeNumberField("排序", [InputRequired("请填排序")], minimum=0, maximum=rules.MOST_POSITION)
    options = TextAreaField("再加选项", [Optional(), Length(max=2000)])


class OptionForm(Form):
    """One option of it; an empty name takes it away."""

    name = NameField(
        "名字", [Length(max=rules.LONGEST_OPTION, message=f"请不要超过 {rules.LONGEST_OPTION} 个字")]
    )
    position = WholeNumberField("排序", [InputRequired("请填排序")], minimum=0, maximum=rules.MOST_POSITION)
    is_retired = BooleanField("停用")

    @classmethod
    def of(cls, option: DefinedOption, *, sent: bool) -> "OptionForm":
        """As it was sent, or as it is kept."""
        given: dict[str, Any] = {} if sent else {"formdata": None}
        return cls(prefix=f"option-{option.id}-", meta={"csrf": False}, obj=option, **given)

    def draft(self, option_id: int) -> OptionDraft:
        return OptionDraft(
            option_id, str(self.name.data or ""), int(self.position.data), bool(self.is_retired.data)
        )
