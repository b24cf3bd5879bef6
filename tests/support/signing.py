"""Clients with a person's session, and forms sent with their token."""

import re
from typing import Any

from flask import Flask

from marketplace.accounts.policies import Actor
from tests.factories.builders import sign_in
from tests.support.clients import Client


def signed_in(app: Flask, actor: Actor) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    sign_in(client, actor)
    return client


def post(client: Client, path: str, fields: dict[str, Any] | None = None) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/my/password").text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **(fields or {})})
