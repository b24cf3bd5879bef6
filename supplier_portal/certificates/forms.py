"""What a holder asks for."""

from wtforms import TextAreaField
from wtforms.validators import Length

from marketplace.kernel.forms import Form


class ChangeForm(Form):
    reason = TextAreaField("要变更什么，为什么", validators=[Length(max=500)])
