"""Forms of finance."""

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form


class CheckForm(Form):
    """核对转账凭证"""

    decision = RadioField(
        "核对结果",
        [InputRequired("请选一项")],
        choices=[SelectChoice("accept", "钱到了，对得上"), SelectChoice("refuse", "没对上")],
    )
    note = CleanStringField("说明", [Length(max=200, message="请不要超过 200 个字")])


class VoucherForm(Form):
    """退款凭证"""

    voucher_number = CleanStringField(
        "退款凭证号", [InputRequired("请填银行退款的凭证号"), Length(max=120, message="请不要超过 120 个字")]
    )
