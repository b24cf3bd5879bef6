"""What ``{{ … }}`` writes on a page is what Markupsafe's ``escape`` gives, whatever is written."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

from marketplace.shop import PageEnvironment, written


class _Shown:
    def __html__(self) -> str:
        return "<b>自己会写</b>"


class _Text(str):
    """A text of a kind of its own is still no markup."""

    __slots__ = ()


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.text())))
def test_writes_what_escape_gives(value: object) -> None:
    assert written(value) == str(escape(value))


@pytest.mark.parametrize(
    "value", [Markup("<i>&amp;</i>"), _Shown(), _Text("<script>"), LocalProxy(lambda: "<a>"), object]
)
def test_of_odd_kinds_too(value: object) -> None:
    assert written(value) == str(escape(value))


def test_pages_are_written_by_it() -> None:
    environment = PageEnvironment(Flask(__name__), autoescape=True)
    template = environment.from_string(
        "{% macro cell(text) %}<td>{{ text }}</td>{% endmacro %}"
        "{% set row %}{{ cell(given) }}{{ 7 }}{% endset %}{{ row }}{{ row|upper }}{{ '<' ~ row }}"
    )
    assert template.render(given="<a & 'b'>") == (
        "<td>&lt;a &amp; &#39;b&#39;&gt;</td>7"
        "<TD>&LT;A &AMP; &#39;B&#39;&GT;</TD>7"
        "&lt;<td>&lt;a &amp; &#39;b&#39;&gt;</td>7"
    )
