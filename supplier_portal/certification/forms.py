"""Forms of declared products, agreements and the steps of an application. A step keeps what was typed; what is still
missing is said by the checklist, not by refusing to save."""

from dataclasses import replace
from typing import ClassVar

from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from certification.applications.drafts import DraftFacts, Seen
from certification.applications.rules import PRODUCT_WORDS
from certification.applications.words import EVIDENCE_WORDS
from certification.products.commands import ProductFacts
from certification.products.rules import GRADES, UNITS
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    NameField,
    WholeNumberField,
    YuanField,
    choices_of,
)
from marketplace.regions.forms import RegionField

REFERENCE_ROWS = 3


class ProductForm(Form):
    name = NameField("产品名称", [InputRequired("请填产品名称"), Length(max=60)])
    category_code = SelectField("类别")
    origin_code = RegionField("产地")
    variety = NameField("品种", [Optional(), Length(max=60)])
    grade = SelectField("等级", choices=choices_of([("", "不分级"), *((each, each) for each in GRADES)]))
    unit = SelectField("计价单位", choices=choices_of((each, each) for each in UNITS))
    standard = CleanStringField("执行标准", [Optional(), Length(max=80)])

    def facts(self) -> ProductFacts:
        return ProductFacts(
            name=str(self.name.data),
            category_code=str(self.category_code.data),
            origin_code=str(self.origin_code.data),
            unit=str(self.unit.data),
            variety=self.variety.data or "",
            grade=self.grade.data or "",
            standard=self.standard.data or "",
        )


class StepForm(Form):
    """A step of the form; ``KEEPS`` are the fields of an application that it fills, ``stamp`` what they held when the
    page was made."""

    KEEPS: ClassVar[tuple[str, ...]] = ()
    stamp = HiddenField()

    @property
    def seen(self) -> Seen | None:
        """None for a form that came without: then the last to save has the word."""
        return Seen(self.KEEPS, self.stamp.data) if self.stamp.data else None


class ProductStep(StepForm):
    KEEPS: ClassVar[tuple[str, ...]] = ("agreement_id", "package", "yearly_capacity", "description")
    agreement_id = SelectField("联结协议", coerce=int)
    package = CleanStringField("包装规格", [Optional(), Length(max=80)])
    yearly_capacity = CleanStringField("一年大约产多少", [Optional(), Length(max=60)])
    description = TextAreaField("产品介绍", [Optional(), Length(max=2000)])

    def draft(self) -> DraftFacts:
        return DraftFacts(
            agreement_id=self.agreement_id.data or None,
            package=self.package.data or "",
            yearly_capacity=self.yearly_capacity.data or "",
            description=self.description.data or "",
        )


class ChangedProductStep(ProductStep):
    """Of a change: what the product is called from the new version on."""

    KEEPS: ClassVar[tuple[str, ...]] = (*ProductStep.KEEPS, "product_changes")
    name = NameField("产品名称", [InputRequired("请填产品名称"), Length(max=PRODUCT_WORDS["name"])])
    variety = NameField("品种", [Optional(), Length(max=PRODUCT_WORDS["variety"])])
    standard = CleanStringField("执行标准", [Optional(), Length(max=PRODUCT_WORDS["standard"])])

    def draft(self) -> DraftFacts:
        words = {name: self[name].data or "" for name in PRODUCT_WORDS}
        return replace(super().draft(), product_words=words)


class PriceStep(StepForm):
    KEEPS: ClassVar[tuple[str, ...]] = ("price_fen", "price_reason", "reference_prices")
    price_fen = YuanField("申报价", [Optional()])
    price_reason = TextAreaField("为什么是这个价", [Optional(), Length(max=1000)])
    source_1 = CleanStringField("参考价格 1 的来源", [Optional(), Length(max=120)])
    fen_1 = YuanField("参考价格 1", [Optional()])
    source_2 = CleanStringField("参考价格 2 的来源", [Optional(), Length(max=120)])
    fen_2 = YuanField("参考价格 2", [Optional()])
    source_3 = CleanStringField("参考价格 3 的来源", [Optional(), Length(max=120)])
    fen_3 = YuanField("参考价格 3", [Optional()])

    def draft(self) -> DraftFacts:
        """Raises InvalidInput at the half of a reference that is missing."""
        references = []
        for number in range(1, REFERENCE_ROWS + 1):
            source, fen = self[f"source_{number}"].data, self[f"fen_{number}"].data
            if not source and not fen:
                continue
            if not source or not fen:
                lacking = "fen" if source else "source"
                raise InvalidInput("applications.references_form", field=f"{lacking}_{number}")
            references.append((source, fen))
        return DraftFacts(
            price_fen=self.price_fen.data,
            price_reason=self.price_reason.data or "",
            references=references,
        )


class LinkageStep(StepForm):
    KEEPS: ClassVar[tuple[str, ...]] = ("promised_households", "promised_income_fen", "pledged")
    promised_households = WholeNumberField("承诺带动多少户", [Optional()], minimum=1, maximum=99_999)
    promised_income_fen = YuanField("一年承诺给农户带来的收入", [Optional()])
    pledged = BooleanField("我们承诺：材料真实，产品合格，价格公道，按协议把钱付给农户；有假愿意撤销认定。")

    def draft(self) -> DraftFacts:
        return DraftFacts(
            promised_households=self.promised_households.data,
            promised_income_fen=self.promised_income_fen.data,
            pledged=bool(self.pledged.data),
        )


class EvidenceForm(Form):
    kind = SelectField(
        "哪一种", choices=choices_of((kind.value, word) for kind, word in EVIDENCE_WORDS.items())
    )
    title = NameField("名称或编号", [Optional(), Length(max=80)])
    file = MultipleFileField("文件")


class AnswerForm(Form):
    note = TextAreaField("改了什么", [Length(max=1000)])


class StartForm(Form):
    product_id = SelectMultipleField("申请哪几个产品", coerce=int)
    earlier_id = SelectField("抄用以前的申请", [Optional()], coerce=int, validate_choice=False)


def upload_of(field: FileField) -> FileStorage | None:
    """The file sent, None when the box was left empty."""
    sent = field.data
    return sent if isinstance(sent, FileStorage) and sent.filename else None
