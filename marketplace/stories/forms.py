"""The two forms of a story; suppliers and officials write with the same."""

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form, NameField
from marketplace.stories import rules

HOUSEHOLD = "household-"


class StoryForm(Form):
    """``subject`` is a village's code, or a household's id after ``HOUSEHOLD``."""

    subject = SelectField("写谁")
    title = NameField(
        "题目", [InputRequired("请写题目"), Length(max=rules.TITLE[1], message="题目请不要超过 30 个字")]
    )
    body = TextAreaField(
        "故事", [InputRequired("请写故事"), Length(max=rules.BODY[1], message="请不要超过 3000 个字")]
    )
    picture = FileField("照片")

    @property
    def village_code(self) -> str:
        return "" if self.household_id is not None else str(self.subject.data)

    @property
    def household_id(self) -> int | None:
        text = str(self.subject.data)
        return int(text.removeprefix(HOUSEHOLD)) if text.startswith(HOUSEHOLD) else None

    @property
    def upload(self) -> FileStorage | None:
        sent = self.picture.data
        return sent if isinstance(sent, FileStorage) and sent.filename else None


class DecisionForm(Form):
    reason = CleanStringField("理由", [Length(max=rules.REASON[1], message="请不要超过 200 个字")])
