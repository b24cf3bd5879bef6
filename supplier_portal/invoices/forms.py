"""Forms of invoices."""

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import CleanStringField, Form
from orders.invoices.rules import RATES, TaxTerms


class PaperForm(Form):
    """开出来的一张; ``how`` counts for a red one only."""

    how = RadioField(
        "冲多少",
        [Optional()],
        choices=[SelectChoice("part", "只冲退掉的"), SelectChoice("whole", "整张冲红，另开一张")],
        default="part",
    )
    #: the sum in fen that was on the page, negative for a red paper
    seen = HiddenField()
    number = CleanStringField(
        "发票号码", [InputRequired("请填发票号码"), Length(max=24, message="发票号码是 20 位数字")]
    )
    issued_on = DateField("开票日期", validators=[InputRequired("请选开票日期")])
    document = FileField("发票文件")


class RateForm(Form):
    """税率"""

    rate_bp = SelectField(
        "税率", coerce=int, choices=[SelectChoice(rate, word) for rate, word in RATES.items()]
    )
    basis = CleanStringField("依据", [Length(max=100, message="请不要超过 100 个字")])

    def terms(self) -> TaxTerms:
        return TaxTerms(self.rate_bp.data, self.basis.data or "")
