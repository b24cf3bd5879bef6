"""What every test's application would compile anew, compiled once.

Each test has an application of its own. Werkzeug writes and compiles two functions for each of its 380 addresses, an
eighth of a second a test, and Jinja every template a page is made of.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

_builders: dict[object, Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder


def _compiled_once(rule: Any, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """The function takes its rule as an argument, so that one does for all rules that are written alike."""
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def compile_once(folder: Path) -> None:
    """From now on, in this process; ``folder`` is where its neighbours find compiled templates too."""
    folder.mkdir(exist_ok=True)
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign,assignment]
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(str(folder))}
