"""Forms of inviting and of changing a role."""

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired

from marketplace.accounts.forms import InviteForm
from marketplace.accounts.invitation_views import ROLE_WORDS
from marketplace.accounts.invitations import INVITED_ROLES
from marketplace.accounts.models import ScopeKind
from marketplace.kernel.forms import Form, choices_of

ROLES = choices_of((role.value, role.label) for role in INVITED_ROLES[ScopeKind.UNIT])
ROLE_NOTES = {role.value: ROLE_WORDS[role] for role in INVITED_ROLES[ScopeKind.UNIT]}


class InviteMemberForm(InviteForm):
    role = RadioField("让他做什么", [InputRequired("请选一个角色")], choices=ROLES)


class RoleForm(Form):
    role = SelectField("改成", choices=ROLES)
