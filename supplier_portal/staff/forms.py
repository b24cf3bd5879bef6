"""Forms of inviting staff and of ending a role."""

from wtforms.validators import InputRequired, Length

from marketplace.accounts.invitations import INVITEE_MAX
from marketplace.kernel.forms import CleanStringField, Form


class InviteForm(Form):
    invitee = CleanStringField(
        "邀请谁",
        [
            InputRequired("请写明邀请的是谁"),
            Length(max=INVITEE_MAX, message=f"请不要超过 {INVITEE_MAX} 个字"),
        ],
    )


class EndForm(Form):
    reason = CleanStringField(
        "为什么结束", [InputRequired("请写明原因"), Length(max=200, message="请不要超过 200 个字")]
    )
