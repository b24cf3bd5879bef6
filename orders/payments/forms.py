"""Forms of paying."""

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField
from wtforms.validators import DataRequired, InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form, YuanField


class ProofForm(Form):
    """转账凭证"""

    payer = CleanStringField(
        "付款户名", [DataRequired("请填付款账户的户名"), Length(max=80, message="户名请不要超过 80 个字")]
    )
    paid_on = DateField("转账日期", [InputRequired("请填转账的日期")])
    amount_fen = YuanField("转账金额", [InputRequired("请填转账金额")])
    document = FileField("回单", [FileRequired("请上传银行回单的照片或 PDF")])
