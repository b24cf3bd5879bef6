"""The search engine of this application, made at first use, and what the worker runs with it."""

from pathlib import Path
from typing import Any

from flask import current_app

from catalog.search import commands, hot, words
from catalog.search.backend import SearchBackend
from catalog.search.queries import Answer
from catalog.search.whoosh_backend import WhooshBackend

_KEY = "catalog.search"


def current_backend() -> SearchBackend:
    extensions: dict[str, Any] = current_app.extensions
    if _KEY not in extensions:
        extensions[_KEY] = WhooshBackend(extensions["settings"].search_folder, words.cut)
    backend: SearchBackend = extensions[_KEY]
    return backend


def _indexer() -> commands.Indexer:
    extensions: dict[str, Any] = current_app.extensions
    if f"{_KEY}.indexer" not in extensions:
        extensions[f"{_KEY}.indexer"] = commands.Indexer(current_backend())
    indexer: commands.Indexer = extensions[f"{_KEY}.indexer"]
    return indexer


def handle(payload: dict[str, Any]) -> None:
    """Outbox topic ``search.index``."""
    _indexer().handle(payload)


def heal() -> None:
    """Periodic: build the index again where it is missing or damaged."""
    commands.heal(current_backend())


def _searched() -> Path:
    folder: Path = current_app.extensions["settings"].search_folder
    return folder / "searched.tsv"


def note_search(answer: Answer) -> None:
    """Count what was looked for and found, in words of the shop."""
    if answer.countable:
        hot.note(_searched(), answer.countable)


def count_searches() -> None:
    """Periodic: fold what was looked for into the table."""
    hot.count(_searched())


def rebuild() -> int:
    return commands.rebuild(current_backend())
