"""Login, registration, password; inviting somebody and ending a membership."""

from wtforms import BooleanField, HiddenField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from marketplace.accounts.invitations import INVITEE_MAX
from marketplace.kernel.forms import CleanStringField, Form, NameField


class LoginForm(Form):
    identifier = CleanStringField("手机号或账号", [InputRequired("请填手机号或账号"), Length(max=60)])
    password = PasswordField("密码", [InputRequired("请填密码"), Length(max=128, message="密码太长了")])
    remember = BooleanField("这台设备上保持登录", default=True)
    next = HiddenField()


class RegisterForm(Form):
    identifier = CleanStringField("手机号或账号", [InputRequired("请填手机号或账号"), Length(max=60)])
    display_name = NameField(
        "怎么称呼您", [InputRequired("请填一个称呼"), Length(max=20, message="称呼请不要超过 20 个字")]
    )
    password = PasswordField("设一个密码", [InputRequired("请设密码"), Length(max=128, message="密码太长了")])
    repeat = PasswordField("再输一次密码", [EqualTo("password", "两次输入的密码不一样")])
    agreed = BooleanField("我看过并同意平台规则和隐私说明", [InputRequired("同意后才能注册")])
    next = HiddenField()


class InviteForm(Form):
    invitee = CleanStringField(
        "邀请谁",
        [
            InputRequired("请写明邀请的是谁"),
            Length(max=INVITEE_MAX, message=f"请不要超过 {INVITEE_MAX} 个字"),
        ],
    )


class EndMembershipForm(Form):
    reason = CleanStringField(
        "为什么结束", [InputRequired("请写明原因"), Length(max=200, message="请不要超过 200 个字")]
    )


class ForgotForm(Form):
    identifier = CleanStringField("手机号或账号", [InputRequired("请填手机号或账号"), Length(max=60)])


class NewPasswordForm(Form):
    password = PasswordField("新密码", [InputRequired("请填新密码"), Length(max=128, message="密码太长了")])
    repeat = PasswordField("再输一次新密码", [EqualTo("password", "两次输入的密码不一样")])


class PasswordForm(NewPasswordForm):
    current = PasswordField(
        "现在的密码", [InputRequired("请填现在的密码"), Length(max=128, message="密码太长了")]
    )


class PasswordOnlyForm(Form):
    password = PasswordField(
        "登录密码", [InputRequired("请填登录密码"), Length(max=128, message="密码太长了")]
    )


class CodeForm(Form):
    code = CleanStringField(
        "验证码", [InputRequired("请填验证码"), Length(max=40, message="验证码没有这么长")]
    )
    trust = BooleanField("这台设备上先不再问验证码", default=False)
    next = HiddenField()


class EmailForm(Form):
    email = CleanStringField("邮箱", [InputRequired("请填邮箱"), Length(max=254, message="邮箱太长了")])
