"""Forms of finance."""

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form, YuanField, choices_of
from orders.ledger.adjustment_rules import MOVABLE
from orders.ledger.words import ACCOUNT_WORDS


class CheckForm(Form):
    """核对转账凭证"""

    decision = RadioField(
        "核对结果",
        [InputRequired("请选一项")],
        choices=[SelectChoice("accept", "钱到了，对得上"), SelectChoice("refuse", "没对上")],
    )
    note = CleanStringField("说明", [Length(max=200, message="请不要超过 200 个字")])


class StatementForm(Form):
    """银行流水"""

    file = FileField("流水表")


class PlaceForm(Form):
    """认领一条流水"""

    order_number = CleanStringField("订单号")


class VoucherForm(Form):
    """退款凭证"""

    voucher_number = CleanStringField(
        "退款凭证号", [InputRequired("请填银行退款的凭证号"), Length(max=120, message="请不要超过 120 个字")]
    )


_ACCOUNTS = [(kind.value, ACCOUNT_WORDS[kind]) for kind in MOVABLE]


class CorrectionForm(Form):
    """提一笔更正"""

    source = RadioField("从哪个科目移出", [InputRequired("请选移出的科目")], choices=choices_of(_ACCOUNTS))
    target = RadioField("移到哪个科目", [InputRequired("请选移入的科目")], choices=choices_of(_ACCOUNTS))
    fen = YuanField("金额", [InputRequired("请填金额")])
    reason = CleanStringField(
        "为什么", [InputRequired("请写明为什么更正"), Length(max=200, message="请不要超过 200 个字")]
    )


class DecisionForm(Form):
    """批一笔更正"""

    note = CleanStringField("不同意的理由", [Length(max=200, message="请不要超过 200 个字")])


class AnswerForm(Form):
    """答复异议: ``objection`` as it stood on the page"""

    objection = HiddenField()
    text = TextAreaField("核对的结果", render_kw={"rows": 3, "maxlength": 300})


class SettleForm(Form):
    """结清一张结算单"""

    paid_on = DateField("结清日期", [InputRequired("请选结清的日期")])
    voucher_number = CleanStringField(
        "凭证号", [InputRequired("请填银行回单或收据的编号"), Length(max=60, message="请不要超过 60 个字")]
    )
