"""Addresses of static files that change with their content, and the icons of the sprite."""

import hashlib
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from markupsafe import Markup


@lru_cache
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def static_digest(path: Path) -> str:
    """Ten hex digits of a file's content, read again only when the file changed."""
    return _digest(path, path.stat().st_mtime_ns)


def icon_global(static_url: Callable[[str], str]) -> Callable[..., Markup]:
    @lru_cache(maxsize=2048)  # a page has a hundred of them, and always the same ones
    def drawn(sprite: str, name: str, cls: str, label: str) -> Markup:
        spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        space = " " if cls else ""
        return Markup('<svg class="i{}{}" {}><use href="{}#i-{}"></use></svg>').format(
            space, cls, spoken, sprite, name
        )

    def icon(name: str, cls: str = "", label: str = "") -> Markup:
        """An icon of the sprite, silent for screen readers unless ``label`` says what it means."""
        return drawn(static_url("icons.svg"), name, cls, label)

    return icon


#: How long an address of a static file is taken as known before the file is looked at again.
_STATIC_SECONDS = 1.0


def static_global(app: Flask) -> Callable[[str], str]:
    known: dict[str, tuple[float, str]] = {}

    def static_url(path: str) -> str:
        """Address of a static file that changes with its content, so that it may be cached for ever."""
        moment = time.monotonic()
        found = known.get(path)
        if found is None or moment - found[0] > _STATIC_SECONDS:
            found = known[path] = (moment, address_of(path))
        return found[1]

    def address_of(path: str) -> str:
        folder = Path(app.static_folder or "")
        file = folder / path
        version = static_digest(file) if file.is_file() else "0"
        return f"{app.static_url_path}/{quote(path)}?v={version}"

    return static_url
