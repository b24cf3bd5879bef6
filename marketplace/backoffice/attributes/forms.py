"""Forms of an attribute; the options that are there are read beside the second, two fields each."""

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from catalog.attributes import rules
from catalog.attributes.rules import AttributeKind
from marketplace.kernel.forms import CleanStringField, Form, WholeNumberField, choices_of

KINDS = {AttributeKind.CHOICE: "选一个", AttributeKind.MARKS: "可选几个"}
EVERYWHERE = "*"
_NAME = [InputRequired("请写属性名"), Length(max=rules.LONGEST_ATTRIBUTE, message="属性名请写 12 个字以内")]


class NewAttributeForm(Form):
    """加一个属性"""

    category = SelectField("哪一类商品", [InputRequired("请选类别")])
    name = CleanStringField("属性名", _NAME)
    kind = RadioField(
        "怎么选",
        [InputRequired("请选一项")],
        choices=choices_of((kind.value, word) for kind, word in KINDS.items()),
        default=AttributeKind.CHOICE.value,
    )
    options = TextAreaField("选项", [InputRequired("请写选项"), Length(max=2000)])


class AttributeForm(Form):
    """改一个属性"""

    name = CleanStringField("属性名", _NAME)
    position = WholeNumberField("排序", [InputRequired("请填排序")], minimum=0, maximum=rules.MOST_POSITION)
    options = TextAreaField("再加选项", [Optional(), Length(max=2000)])
