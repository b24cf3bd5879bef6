"""The form of a card."""

from wtforms.validators import Length

from marketplace.helping.commands import LONGEST_NAME
from marketplace.kernel.forms import Form, NameField


class CardForm(Form):
    """发给别人看"""

    shown_name = NameField("卡上写谁", [Length(max=LONGEST_NAME, message=f"请写 {LONGEST_NAME} 个字以内")])
