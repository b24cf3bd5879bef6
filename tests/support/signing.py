"""Clients with a person's session, and forms sent with their token."""

import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import User
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from tests.support.clients import Client


def signed_in(app: Flask, actor: Actor) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    version = db.session.scalar(select(User.session_version).where(User.id == actor.user_id))
    with client.session_transaction() as session:
        session["_user_id"] = f"{actor.user_id}:{version}"
        session["_fresh"] = True
    return client


def post(client: Client, path: str, fields: dict[str, Any] | None = None) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/my/password").text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **(fields or {})})
