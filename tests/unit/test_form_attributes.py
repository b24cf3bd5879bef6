"""A field's element has the attributes WTForms would write, whatever they are given."""

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import html_params

from marketplace.kernel.forms import CleanStringField, Form, attributes, choices_of

NAMES = st.sampled_from(
    ["id", "class_", "for_", "data_a_b", "aria_label", "data-x", "required", "value", "max"]
)
VALUES = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.text().map(Markup))


@given(st.dictionaries(NAMES, VALUES))
def test_are_what_wtforms_writes(given_attributes: dict[str, object]) -> None:
    assert attributes(**given_attributes) == html_params(**given_attributes)


def test_nothing_gets_out_of_its_quotes() -> None:
    assert attributes(value='"><script>', data_a_b=1, checked=True, off=False) == (
        'checked data-a-b="1" value="&#34;&gt;&lt;script&gt;"'
    )


class _Sheet(Form):
    name = CleanStringField(validators=[DataRequired(), Length(max=5)])
    note = TextAreaField()
    kind = SelectField(choices=choices_of([("a", "甲"), ("b", "乙")]))
    sure = BooleanField()


def test_are_on_the_fields_of_every_form(app: Flask) -> None:
    with app.test_request_context():
        sheet = _Sheet(data={"name": '"好"', "kind": "b"})
        assert sheet.name(class_="x") == (
            '<input class="x" id="name" maxlength="5" name="name" required type="text" value="&#34;好&#34;">'
        )
        assert sheet.note(rows=2).startswith('<textarea id="note" name="note" rows="2">')
        assert '<option selected value="b">乙</option>' in sheet.kind()
        assert sheet.sure() == '<input id="sure" name="sure" type="checkbox" value="y">'
