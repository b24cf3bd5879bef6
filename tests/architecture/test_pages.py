"""Templates and style sheets obey the strict content policy and reach no other host."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import PACKAGES, ROOT, files, name, text

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


STATIC = ROOT / "marketplace" / "static"
#: the half of a class or name that a page writes before what it fills in: ``m-`` of ``class="m-{{ kind }}"``
BEGUN = re.compile(r"""(?<![\w-])([a-zA-Z][\w-]*)\{\{|["' ]([a-zA-Z][\w-]*-)["'] ~""")


def asked_for() -> str:
    """All that could name a class or an icon: pages, programs and the script."""
    asking = [
        *files("*.html", *PACKAGES),
        *files("*.py", *PACKAGES),
        *files("*.toml", *PACKAGES),
        STATIC / "shop.js",
    ]
    return "\n".join(map(text, asking))


def test_every_style_has_a_page() -> None:
    pages = "\n".join(map(text, files("*.html", *PACKAGES)))
    begun = [
        re.compile(re.escape(start) + (r".+" if start.endswith("-") else r"\d+"))
        for start in {first or second for first, second in BEGUN.findall(pages)}
    ]
    named = set(re.findall(r"[\w-]+", asked_for()))
    styled = {
        (sheet.name, each)
        for sheet in files("*.css", "marketplace/static")
        for each in re.findall(r"\.([a-zA-Z][\w-]*)", COMMENT.sub("", text(sheet)))
    }
    idle = {(sheet, each) for sheet, each in styled if each not in named}
    assert {each for each in idle if not any(start.fullmatch(each[1]) for start in begun)} == set()


def test_every_symbol_has_a_page() -> None:
    symbols = set(re.findall(r'<symbol id="i-([\w-]+)"', text(STATIC / "icons.svg")))
    asked = asked_for()
    assert {each for each in symbols if not re.search(rf"""["']{each}["']|#i-{each}\b""", asked)} == set()


def test_all_that_the_script_looks_for_is_on_a_page() -> None:
    script = text(STATIC / "shop.js")
    pages = "\n".join(map(text, files("*.html", *PACKAGES)))
    named = re.findall(r"\bdataset\.(\w+)|\"(\w+)\" in [\w.]+\.dataset", script)
    looked_for = {
        re.sub(r"[A-Z]", lambda big: f"-{big[0].lower()}", first or second) for first, second in named
    }
    made = set(re.findall(r"\bdataset\.(\w+) = ", script))
    looked_for |= set(re.findall(r"\[data-([\w-]+)", script))
    assert {each for each in looked_for - made if f"data-{each}" not in pages} == set()
