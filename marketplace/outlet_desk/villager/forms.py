"""For whom an operator orders, and where it goes."""

from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from marketplace.kernel.forms import CleanStringField, Form, MobileField, choices_of

OUTLET, HOME = "outlet", "home"


class VillagerForm(Form):
    key = HiddenField("表单", [InputRequired(), Regexp(r"\A[A-Za-z0-9_-]{16,64}\Z")])
    digest = HiddenField("看到的", [Optional(), Length(max=64)])
    recipient = CleanStringField(
        "村民姓名", [InputRequired("请写村民姓名"), Length(max=20, message="姓名请写 20 字以内")]
    )
    mobile = MobileField("村民手机号", [InputRequired("请填手机号，到货和退款都找这个号")])
    how = RadioField(
        "送到哪儿", choices=choices_of([(OUTLET, "送到网点，他来取"), (HOME, "送到他家")]), default=OUTLET
    )
    detail = CleanStringField("详细地址", [Optional(), Length(max=80, message="详细地址请写 80 字以内")])
    agree_fresh = BooleanField("生鲜的售后约定跟他讲清了，他同意")

    @property
    def goes_home(self) -> bool:
        return bool(self.how.data == HOME)

    def check_home(self) -> bool:
        """Whether the address is complete, where one is needed."""
        if self.goes_home and len(self.detail.data or "") < 2:
            self.detail.errors = [*self.detail.errors, "请写到组和门牌号"]
            return False
        return True
