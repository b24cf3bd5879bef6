"""The two forms of a story; suppliers and officials write with the same."""

from collections.abc import Sequence

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.kernel.forms import CleanStringField, Form, NameField
from marketplace.parties.household_queries import HouseholdCard
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name
from marketplace.stories import rules
from marketplace.stories.commands import StoryDraft

HOUSEHOLD = "household-"


def about_households(cards: Sequence[HouseholdCard]) -> list[tuple[str, str]]:
    """What ``subject`` offers of them."""
    names = names_of({card.village_code for card in cards})
    return [
        (
            f"{HOUSEHOLD}{card.id}",
            f"{card.head}（{place_name(names.get(card.village_code, ''))} {card.code}）",
        )
        for card in cards
    ]


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

    def draft(self, supplier_id: int | None = None) -> StoryDraft:
        of_household = str(self.subject.data).startswith(HOUSEHOLD)
        subject = str(self.subject.data).removeprefix(HOUSEHOLD)
        return StoryDraft(
            title=self.title.data or "",
            body=self.body.data or "",
            village_code="" if of_household else subject,
            household_id=int(subject) if of_household else None,
            supplier_id=supplier_id,
        )

    @property
    def upload(self) -> FileStorage | None:
        sent = self.picture.data
        return sent if isinstance(sent, FileStorage) and sent.filename else None


class DecisionForm(Form):
    reason = CleanStringField("理由", [Length(max=rules.REASON[1], message="请不要超过 200 个字")])
