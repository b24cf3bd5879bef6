"""Forms of a home slot and of a hot word."""

from typing import Any

from flask import current_app
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import DateField, RadioField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from catalog.promotions import rules
from catalog.promotions.rules import SlotFacts, SlotKind, WordFacts
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    NameField,
    WholeNumberField,
    choices_of,
    error_text,
)
from marketplace.kernel.web import own_get_route

KINDS = {SlotKind.BANNER: "大图", SlotKind.FEATURE: "小图"}


#: pages that are the same for everybody. A page that opens without a sign-in need not be one: an order's link is the
#: key to it, a cart is its visitor's own
READ_BY_ALL = frozenset(
    [
        "home.show",
        "category.show",
        "search.show",
        "products.show",
        "reviews.index",
        "questions.index",
        "suppliers.show",
        "villages.index",
        "villages.show",
        "stories.index",
        "stories.show",
        "outlets.index",
        "trace.show",
        "help.card",
        "pages.rules",
        "notices.index",
        "notices.show",
        "notices.batch",
        "notices.calendar",
        "certificates.verify",
        "certificates.show",
        "catalogues.index",
        "catalogues.show",
        "accounts.register",
    ]
)


def _public_page(_form: Form, field: Any) -> None:
    """A link leads to a page of ours that everybody reads, nowhere else."""
    if own_get_route(current_app, field.data) not in READ_BY_ALL:
        raise ValidationError(error_text(InvalidInput("home.target")))


class _ScheduleForm(Form):
    position = WholeNumberField(
        "排序", [InputRequired("请填排序")], minimum=1, maximum=rules.MOST_POSITION, default=1
    )
    starts_on = DateField("从哪天起", [InputRequired("请选开始那天")])
    ends_on = DateField("到哪天止", [InputRequired("请选结束那天")])


class SlotForm(_ScheduleForm):
    """推荐位"""

    kind = RadioField(
        "放在哪儿",
        [InputRequired("请选一项")],
        choices=choices_of((kind.value, word) for kind, word in KINDS.items()),
        default=SlotKind.BANNER.value,
    )
    title = NameField("标题", [InputRequired("请写标题"), Length(max=rules.LONGEST_TITLE)])
    text = CleanStringField("副题", [Optional(), Length(max=rules.LONGEST_TEXT)])
    picture = FileField("图片")
    alt = NameField("图上是什么", [InputRequired("请说说图上是什么"), Length(max=rules.LONGEST_ALT)])
    target = CleanStringField(
        "点了去哪儿", [InputRequired("请填链接"), Length(max=rules.LONGEST_TARGET), _public_page]
    )

    def facts(self) -> SlotFacts:
        """What a valid form says."""
        return SlotFacts(
            kind=SlotKind(self.kind.data),
            title=self.title.data or "",
            text=self.text.data or "",
            alt=self.alt.data or "",
            target=self.target.data or "",
            position=int(self.position.data),
            starts_on=_day(self.starts_on),
            ends_on=_day(self.ends_on),
        )

    def sent_picture(self) -> FileStorage | None:
        sent = self.picture.data
        return sent if isinstance(sent, FileStorage) and sent.filename else None


class WordForm(_ScheduleForm):
    """热词"""

    word = NameField("热词", [InputRequired("请写热词"), Length(max=rules.LONGEST_WORD)])

    def facts(self) -> WordFacts:
        """What a valid form says."""
        return WordFacts(
            self.word.data or "", int(self.position.data), _day(self.starts_on), _day(self.ends_on)
        )


def _day(field: DateField) -> Any:
    if field.data is None:
        raise ValueError("an invalid form")
    return field.data
