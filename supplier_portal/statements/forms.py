"""Forms of paying households and of settlement bills."""

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import DateField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import CleanStringField, Form, error_text
from marketplace.kernel.media import check_document
from orders.settlement.rules import check_paid_on


class DisbursementForm(Form):
    """``expected`` is the sum in fen that was on the page. Day and voucher are checked here, too, so that one answer
    names all that is wrong."""

    paid_on = DateField("打款日期", validators=[InputRequired("请选打款的日期")])
    voucher_number = CleanStringField(
        "回单编号",
        validators=[InputRequired("请填银行回单上的编号"), Length(max=60, message="不超过 60 个字")],
    )
    voucher = FileField("银行回单")
    expected = HiddenField()

    def validate_paid_on(self, field: DateField) -> None:
        if field.data is not None:
            try:
                check_paid_on(field.data, clock.today())
            except InvalidInput as error:
                raise ValidationError(error_text(error)) from error

    def validate_voucher(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError(error_text(InvalidInput("settlement.voucher_file")))
        try:
            check_document(field.data)
        except InvalidInput as error:
            raise ValidationError(error_text(error)) from error


class BounceForm(Form):
    reason = CleanStringField(
        "退回原因",
        validators=[InputRequired("请写明退回原因"), Length(max=200, message="不超过 200 个字")],
    )


class ObjectionForm(Form):
    """Checked by the command, as finance's answer is."""

    text = TextAreaField("哪里不对", render_kw={"rows": 3, "maxlength": 300})
