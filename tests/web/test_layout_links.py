"""The layouts link across rooms by name: every one of those names must be a page of the whole shop."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

import marketplace
from tests.support.clients import Client

TEMPLATES = Path(marketplace.__file__).parent / "templates"
CHANNELS = re.compile(r'<nav class="cats[^>]*>(.*?)</nav>', re.DOTALL)


def test_every_link_of_the_layouts_is_a_page(app: Flask) -> None:
    named = {
        endpoint
        for template in TEMPLATES.rglob("*.html")
        for endpoint in re.findall(r"page_url\('([a-z_.]+)'", template.read_text())
    }
    assert "home.show" in named
    assert named - set(app.view_functions) == set()


@pytest.mark.template("demo")
def test_the_channels_are_the_same_on_every_page_a_visitor_comes_to(app: Flask, client: Client) -> None:
    """What a page hands to its own template must not take the layout's words for itself."""
    addresses, seen = app.url_map.bind("localhost"), dict[str, str]()
    queue, channels = ["/", "/catalogues"], set[tuple[str, ...]]()
    for path in queue:
        if not addresses.test(path, "GET"):
            continue
        endpoint, _ = addresses.match(path, "GET")
        if endpoint in seen or endpoint in {"static", "auth.logout"}:
            continue
        seen[endpoint] = path
        with client.get(path) as answer:
            if answer.mimetype != "text/html":
                continue
            page = answer.get_data(as_text=True)
        if found := CHANNELS.search(page):
            channels.add(tuple(re.findall(r'href="([^"]*)"', found[1])))
        queue += [unescape(link).split("?")[0].split("#")[0] for link in re.findall(r'href="(/[^"]*)"', page)]
    assert {"catalogues.show", "products.show", "villages.show", "notices.show"} <= seen.keys()
    assert len(channels) == 1, channels
