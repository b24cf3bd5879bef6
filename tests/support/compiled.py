"""What every test's application would compile anew, compiled once.

Each test has an application and an engine of its own. Werkzeug reads each of its 450 addresses and writes two functions
for it, SQLAlchemy writes every statement, and Jinja every template a page is made of: together a quarter of a second a
test. The demo is loaded four times, and its pictures are each time rendered to the same three widths: four seconds.
Nor does every password of every test have to be worth its tenth of a second, or every index begin with reading a
dictionary.
"""

import contextlib
import hashlib
import pickle
import uuid
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from catalog.search import words
from marketplace.accounts import passwords
from marketplace.kernel import media
from marketplace.kernel.images import render_widths

#: what ``Rule.compile`` works out, and only reads afterwards
_WORKED_OUT = ("_parts", "_trace", "_converters", "arguments")
_rules: dict[object, dict[str, Any]] = {}
_compile_rule = Rule.compile
#: by kind of database
_statements: dict[type, LRUCache[Any, Any]] = {}
#: by template and what it was made of
_templates: dict[tuple[str, str], CodeType] = {}


def _rule_once(rule: Any) -> None:
    """Addresses that are written alike share what was worked out for the first: every test's map has the same
    converters. The functions take their rule as an argument."""
    key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), rule.merge_slashes)
    known = _rules.get(key)
    if known is None:
        _compile_rule(rule)
        known = _rules[key] = {name: getattr(rule, name) for name in _WORKED_OUT}
        known["builders"] = (rule._build.__func__, rule._build_unknown.__func__)
        return
    for name in _WORKED_OUT:
        setattr(rule, name, known[name])
    build, build_unknown = known["builders"]
    rule._build, rule._build_unknown = build.__get__(rule, None), build_unknown.__get__(rule, None)


def _statements_of(engine: Any) -> LRUCache[Any, Any]:
    return _statements.setdefault(type(engine.dialect), LRUCache(5_000))


def _keep_none(engine: Any, cache: object) -> None:
    """Its own is not needed."""


def _same_kind(dialect: object, other: object) -> bool:
    return type(dialect) is type(other)


def _by_kind(dialect: object) -> int:
    return hash(type(dialect))


class _Templates(FileSystemBytecodeCache):
    """Neighbours find them in the folder; the next test of this process does not even have to read them."""

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = _templates.get((bucket.key, bucket.checksum))
        if bucket.code is None:
            super().load_bytecode(bucket)
            self._keep(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        super().dump_bytecode(bucket)
        self._keep(bucket)

    @staticmethod
    def _keep(bucket: Bucket) -> None:
        if bucket.code is not None:
            _templates[bucket.key, bucket.checksum] = bucket.code


def _make_passwords_cheap() -> None:
    """What a hash has to cost is held by a test of its own, which loads the module anew."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._HASHER = hasher
    passwords._NOBODY = hasher.hash("nobody-has-this-password")


def _render_once(folder: Path, content: bytes) -> tuple[dict[int, bytes], int, int]:
    """``render_widths``; what it refuses, it is asked for again."""
    kept = folder / f"{hashlib.blake2b(content).hexdigest()}.picture"
    with contextlib.suppress(FileNotFoundError):
        found: tuple[dict[int, bytes], int, int] = pickle.loads(kept.read_bytes())
        return found
    made = render_widths(content)
    unfinished = kept.with_suffix(f".{uuid.uuid4().hex}")
    unfinished.write_bytes(pickle.dumps(made))
    unfinished.rename(kept)
    return made


def compile_once(folder: Path) -> None:
    """From now on, in this process; ``folder`` is where its neighbours find templates and pictures too."""
    folder.mkdir(exist_ok=True)
    Rule.compile = _rule_once  # type: ignore[method-assign,assignment]
    # statements are kept by dialect, of which every engine has one
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = _same_kind  # type: ignore[method-assign]
        dialect.__hash__ = _by_kind  # type: ignore[method-assign,assignment]
    Engine._compiled_cache = property(_statements_of, _keep_none)  # type: ignore[assignment]
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates(str(folder))}
    _make_passwords_cheap()
    # nobody adds to one once it is made; a demo has other words than a shop of one product
    words._knowing = lru_cache(maxsize=4)(words._knowing)
    media.render_widths = partial(_render_once, folder)  # type: ignore[attr-defined]
