"""Pages and their forms, as a browser sends them."""

import re
from typing import Any

from flask import Flask

from marketplace.accounts.policies import Actor
from tests.factories import builders
from tests.support.clients import Client


def client_of(app: Flask, actor: Actor | None = None) -> Client:
    """A browser of its own, somebody signed in to it or nobody."""
    client = app.test_client()
    assert isinstance(client, Client)
    if actor is not None:
        builders.sign_in(client, actor)
    return client


def hidden(text: str, name: str) -> str:
    """What a page's form carries unseen."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)
    assert found, name
    return found[1]


def untouched(page: str, form_id: str) -> dict[str, str]:
    """What the inputs of a page's form would send as they stand."""
    form = page.split(f'id="{form_id}"')[1].split("</form>", maxsplit=1)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    return found


def post(client: Client, path: str, page: str | None = None, **fields: Any) -> Any:
    """Send the form on ``page`` (the same address unless said) with its token."""
    text = client.get(page or path).text
    data = {"csrf_token": hidden(text, "csrf_token"), **fields}
    if 'name="seen"' in text:
        data.setdefault("seen", hidden(text, "seen"))
    return client.post(path, data=data, content_type="multipart/form-data")


def full_width(text: str) -> str:
    """As a Chinese keyboard types it when it is left in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
