"""What anybody may say against an application in public notice."""

from wtforms import MultipleFileField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from certification.notices.objections import STATEMENT_MAX, SUBJECTS
from marketplace.kernel.forms import CleanStringField, Form, MobileField, NameField, choices_of


class ObjectionForm(Form):
    subject = SelectField(
        "哪方面的意见", choices=choices_of([("", "请选"), *((each, each) for each in SUBJECTS)])
    )
    statement = TextAreaField(
        "想说什么", validators=[InputRequired("请写清楚是什么情况。"), Length(max=STATEMENT_MAX)]
    )
    evidence = MultipleFileField("照片或材料")
    name = NameField(
        "您的姓名", validators=[InputRequired("请留下姓名，核查的人要和您核实。"), Length(max=40)]
    )
    mobile = MobileField("联系电话", validators=[InputRequired("请留下手机号。")])


class FollowForm(Form):
    number = CleanStringField("异议编号", validators=[InputRequired("请填异议编号。"), Length(max=40)])
    code = CleanStringField("查询码", validators=[InputRequired("请填查询码。"), Length(max=40)])
