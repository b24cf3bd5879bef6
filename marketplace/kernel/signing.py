"""Texts that only the shop can have written: what visitors carry in cookies, and what letters lead back with.

There is one serializer per key and purpose, made once: making one takes as long as half of reading what it signed.
"""

from functools import cache

from flask import current_app
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer


def signing(purpose: str) -> URLSafeSerializer:
    """What is signed for one purpose is an altered text for any other."""
    return _plain(current_app.config["SECRET_KEY"], purpose)


def dated_signing(purpose: str) -> URLSafeTimedSerializer:
    """The same, and it is known when it was signed: the reader says how old it may be (``max_age``, seconds)."""
    return _dated(current_app.config["SECRET_KEY"], purpose)


_plain = cache(URLSafeSerializer)
_dated = cache(URLSafeTimedSerializer)
