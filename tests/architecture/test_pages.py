"""Templates and style sheets obey the strict content policy and reach no other host."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import PACKAGES, files, name, text

#: data that is read and never run, and whose every ``<`` tojson writes as an escape
DATA = r""" type="application/ld\+json">{{ [a-z_.]+\|tojson }}</script>"""
RULES = {
    "inline script": re.compile(rf"<script(?!{DATA})(?![^>]*\bsrc=)", re.IGNORECASE),
    "inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE),
    "another host": re.compile(
        r"""(?:href|src|srcset|action|poster|hx-\w+)\s*=\s*["'](?:https?:)?//""", re.IGNORECASE
    ),
}
ADDRESS = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/)[a-z0-9.-]+\.[a-z]{2,}""", re.IGNORECASE)
COMMENT = re.compile(r"{#.*?#}|/\*.*?\*/", re.DOTALL)


def breaches(path: Path, rule: re.Pattern[str]) -> Iterator[str]:
    content = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text(path))
    for found in rule.finditer(content):
        yield f"{name(path)}:{content.count(chr(10), 0, found.start()) + 1}: {found[0].strip()[:80]}"


@pytest.mark.parametrize("rule", RULES)
def test_no_template_has(rule: str) -> None:
    assert [each for path in files("*.html", *PACKAGES) for each in breaches(path, RULES[rule])] == []


@pytest.mark.parametrize(
    ("rule", "markup"),
    [
        ("inline script", "<script>alert(1)</script>"),
        ("inline script", '<script type="application/ld+json">{{ data }}</script>'),
        ("inline script", '<script type="application/ld+json">{"name": "{{ name }}"}</script>'),
        ("inline script", '<script type="application/ld+json">{{ data|tojson|safe }}</script>'),
        ("inline script", '<script type="application/ld+json">{{ data|tojson }}; alert(1)</script>'),
        ("inline script", '<script type="text/javascript">{{ data|tojson }}</script>'),
        ("inline style sheet", "<style>p{}</style>"),
        ("style attribute", '<p class="a" style="color:red">'),
        ("event attribute", '<a href="/" onclick="x()">'),
        ("javascript address", '<a href="javascript:x()">'),
        ("unescaped output", "{{ text | safe }}"),
        ("another host", '<img src="//example.org/a.png">'),
    ],
)
def test_a_breach_is_noticed(rule: str, markup: str) -> None:
    assert RULES[rule].search(markup)


def test_data_for_other_programs_is_no_script() -> None:
    assert not RULES["inline script"].search('<script type="application/ld+json">{{ data|tojson }}</script>')


@pytest.mark.parametrize("pattern", ["*.css", "*.js"])
def test_no_style_sheet_or_script_reaches_another_host(pattern: str) -> None:
    assert [each for path in files(pattern, *PACKAGES) for each in breaches(path, ADDRESS)] == []
