"""A page calls functions and macros past Jinja's own way; what it writes is what Jinja would."""

from typing import Any

from flask import Flask
from jinja2 import pass_context, pass_environment, pass_eval_context

from marketplace.shop import Shop

TEMPLATE = """
{% macro box(title, cls="") %}<b class="{{ cls }}">{{ title }}{% if caller %}{{ caller() }}{% endif %}</b>{% endmacro %}
{% set name = "外面" %}
{% for each in ["甲", "<乙>"] %}{% set name = each %}{{ seen() }} {{ box(each, cls="x") }} {{ plain(each, more=loop.index) }}
{% call box(each) %}{{ said(each) }}{% endcall %}{% endfor %}
{% block inner scoped %}{{ where() }} {{ {"a": 1}.get("a") }} {{ "%s"|format("é") }} {{ self.other() }}{% endblock %}
{% block other %}{{ Thing("t") }}{% endblock %}
"""


@pass_context
def seen(context: Any) -> str:
    return str(context["name"])


@pass_environment
def where(environment: Any) -> str:
    return str(environment.autoescape)[:0] + "here"


@pass_eval_context
def said(eval_context: Any, text: str) -> str:
    return f"{eval_context.autoescape}{text}"


def plain(text: str, more: int = 0) -> str:
    return f"{text}{more}"


class Thing:
    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def written(app: Flask) -> str:
    app.jinja_env.globals.update(seen=seen, where=where, said=said, plain=plain, Thing=Thing)
    with app.app_context():
        return app.jinja_env.from_string(TEMPLATE).render()


def test_a_page_is_written_as_jinja_writes_it() -> None:
    text = written(Shop(__name__))
    assert text == written(Flask(__name__))
    assert '<b class="x">&lt;乙&gt;</b>' in text
    assert "<乙>" not in text
