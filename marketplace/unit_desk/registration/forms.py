"""Forms of registering a unit and of its contact."""

from flask_wtf.file import FileField
from wtforms import RadioField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form, MobileField, NameField, choices_of
from marketplace.parties.rules import UnitKind
from marketplace.parties.unit_commands import UnitFacts
from marketplace.regions.forms import RegionField

KINDS = choices_of((kind.value, kind.label) for kind in UnitKind)


class ContactForm(Form):
    contact_name = NameField(
        "联系人", [InputRequired("请填联系人"), Length(max=30, message="请不要超过 30 个字")]
    )
    contact_mobile = MobileField("联系手机", [InputRequired("请填手机号")])


class UnitForm(ContactForm):
    kind = RadioField("单位是哪一类", [InputRequired("请选一类")], choices=KINDS)
    name = NameField(
        "单位全称", [InputRequired("请填单位全称"), Length(max=80, message="请不要超过 80 个字")]
    )
    uscc = CleanStringField(
        "统一社会信用代码", [InputRequired("请填 18 位代码"), Length(max=30, message="请填 18 位代码")]
    )
    region_code = RegionField("单位在哪里", labels=("区县", "镇街"))
    upload = FileField("单位介绍信或证照")

    def facts(self) -> UnitFacts:
        return UnitFacts(
            kind=UnitKind(str(self.kind.data)),
            name=str(self.name.data),
            uscc=str(self.uscc.data),
            region_code=str(self.region_code.data),
            contact_name=str(self.contact_name.data),
            contact_mobile=str(self.contact_mobile.data),
        )
