"""A message names the page it is about: every page that any call names is there, with the arguments it takes."""

import ast

import pytest
from flask import Flask

from tests.support.sources import PACKAGES, files, text


def named_pages() -> list[tuple[str, str]]:
    """(where, endpoint) of every ``endpoint="…"`` handed to a call that tells."""
    found = []
    for path in files("*.py", *PACKAGES):
        for node in ast.walk(ast.parse(text(path))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for keyword in node.keywords:
                is_told = keyword.arg == "endpoint" and "tell" in name
                if is_told and isinstance(keyword.value, ast.Constant):
                    found.append((f"{path.name}:{node.lineno}", str(keyword.value.value)))
    return found


@pytest.mark.template("empty")
def test_every_page_a_message_names_is_a_page(app: Flask) -> None:
    pages = named_pages()
    assert len(pages) > 20
    readable = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert [each for each in pages if each[1] not in readable] == []
