"""Forms of inviting, and of changing or ending a role."""

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Length

from marketplace.accounts.invitation_views import ROLE_WORDS
from marketplace.accounts.invitations import INVITED_ROLES, INVITEE_MAX
from marketplace.accounts.models import ScopeKind
from marketplace.kernel.forms import CleanStringField, Form, choices_of

ROLES = choices_of((role.value, role.label) for role in INVITED_ROLES[ScopeKind.UNIT])
ROLE_NOTES = {role.value: ROLE_WORDS[role] for role in INVITED_ROLES[ScopeKind.UNIT]}


class InviteForm(Form):
    invitee = CleanStringField(
        "邀请谁",
        [
            InputRequired("请写明邀请的是谁"),
            Length(max=INVITEE_MAX, message=f"请不要超过 {INVITEE_MAX} 个字"),
        ],
    )
    role = RadioField("让他做什么", [InputRequired("请选一个角色")], choices=ROLES)


class RoleForm(Form):
    role = SelectField("改成", choices=ROLES)


class EndForm(Form):
    reason = CleanStringField(
        "为什么结束", [InputRequired("请写明原因"), Length(max=200, message="请不要超过 200 个字")]
    )
