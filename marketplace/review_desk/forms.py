"""Forms of the officials' desk."""

from wtforms import BooleanField, DateField, MultipleFileField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from certification.certificates.rules import FindingKind
from certification.certificates.words import CAUSE_WORDS, FINDING_WORDS
from marketplace.kernel.forms import CleanStringField, Form, NameField, choices_of

HAND_FINDINGS = (FindingKind.INSPECTION, FindingKind.COMPLAINT)

DECISION_WORDS = {"approve": "同意", "return": "退回补正（不用重填）", "reject": "不予认定"}
NEXT_WORDS = {
    "town_review": "同意，报县级复审",
    "county_review": "同意，进入公示",
    "city_review": "同意认定，发证",
}


class OpinionForm(Form):
    """What a level says. ``choices`` of the decision are set by the state."""

    decision = RadioField("结论", validators=[InputRequired("请选一个结论。")])
    opinion = TextAreaField("意见", validators=[Length(max=2000)])
    disinterested = BooleanField(
        "我与申请人没有利害关系", validators=[InputRequired("请确认您与申请人没有利害关系。")]
    )


class CountyOpinionForm(OpinionForm):
    bureau = CleanStringField("行业部门", validators=[Length(max=60)])
    bureau_opinion = TextAreaField("部门意见", validators=[Length(max=2000)])
    visited_on = DateField("现场核查日期", validators=[Optional()])
    people = CleanStringField("核查的人", validators=[Length(max=120)])
    place = CleanStringField("地点", validators=[Length(max=120)])
    photo = MultipleFileField("现场照片")
    price_accepted = BooleanField("认可申请人对价格的说明")


class CertificateForm(Form):
    """What the city does with a certificate; ``finding_id`` is one of the findings about it."""

    action = RadioField("处理", validators=[InputRequired("请选一项。")])
    cause = SelectField("原因类别", choices=choices_of([("", "请选"), *CAUSE_WORDS.items()]))
    finding_id = SelectField("依据哪条监测问题", coerce=int, validators=[Optional()])
    reason = TextAreaField("原因", validators=[Length(max=500)])


class CatalogueForm(Form):
    title = NameField("目录名称", validators=[InputRequired("请写目录名称。"), Length(max=80)])
    note = TextAreaField("说明", validators=[Length(max=500)])


class WordingForm(Form):
    level = SelectField("哪一级用")
    decision = SelectField("什么结论用", choices=choices_of(DECISION_WORDS.items()))
    text = TextAreaField("意见", validators=[Length(max=300)])


class HandoverForm(Form):
    """``confirmed`` is ticked on the second look, when what waits is listed."""

    region = SelectField("交接哪里的工作")
    successor = CleanStringField(
        "接手人的账号或手机号", validators=[InputRequired("请填接手的人。"), Length(max=40)]
    )
    note = TextAreaField("交接说明", validators=[InputRequired("请写交接说明。"), Length(max=1000)])
    confirmed = BooleanField("我已核对在办的件，确认交接；交接后我不再有这里的审核权限")


class EvidenceForm(Form):
    evidence = MultipleFileField("核查材料")


class ObjectionDecisionForm(Form):
    decision = RadioField(
        "结论",
        choices=choices_of([("dismiss", "异议不成立"), ("uphold", "异议成立")]),
        validators=[InputRequired("请选一个结论。")],
    )
    findings = TextAreaField("查到的事实", validators=[Length(max=4000)])
    reply = TextAreaField("给对方的答复", validators=[Length(max=2000)])


class FindingForm(Form):
    """Something seen at the place or heard from people. Monitoring and objections record theirs by themselves."""

    kind = RadioField(
        "哪一类", choices=choices_of((k, FINDING_WORDS[k]) for k in HAND_FINDINGS), default=HAND_FINDINGS[0]
    )
    text = TextAreaField("发现了什么", validators=[Length(max=2000)])


class PromiseFindingForm(Form):
    """记为问题 from monitoring: what the county says of it; the figures are added by themselves."""

    LEAST = 4
    text = TextAreaField("县里怎么看", validators=[InputRequired("请写一句核实到的情况"), Length(max=1500)])


class ResolutionForm(Form):
    resolution = TextAreaField("怎么办结的", validators=[Length(max=2000)])
