"""The layouts link across rooms by name: every one of those names must be a page of the whole shop."""

import re
from pathlib import Path

from flask import Flask

import marketplace

TEMPLATES = Path(marketplace.__file__).parent / "templates"


def test_every_link_of_the_layouts_is_a_page(app: Flask) -> None:
    named = {
        endpoint
        for template in TEMPLATES.rglob("*.html")
        for endpoint in re.findall(r"page_url\('([a-z_.]+)'", template.read_text())
    }
    assert "home.show" in named
    assert named - set(app.view_functions) == set()
