"""Nonsense to throw at every route, and the names under which forms and addresses would read it."""

import ast
from functools import cache
from typing import Any

from tests.support.sources import PACKAGES, files, nodes

#: raw, already percent-encoded, as a stranger would send it
JUNK = {
    "bad utf-8": b"%ff%fe%c3%28",
    "raw bytes": b"\xff\xfe\xe7",
    "nul": b"a%00b",
    "10^18": b"1000000000000000000",
    "minus one": b"-1",
    "half": b"1.5",
    "nan": b"NaN",
    "full width": "１".encode(),
    "long": b"9" * 6000,
    "surrogate": b"%ed%a0%80",
    "markup": b"%3Cscript%3E%27%22--%5C%0d%0a",
    "json": b"%7B%22a%22%3A",
    "empty": b"",
}
FIELD_READS = {"get", "getlist", "pop"}


@cache
def names() -> tuple[str, ...]:
    """Every name that a view reads from an address or a form, and every field of every form."""
    #: the last ones mean something to Flask where an address is built of what was sent
    found = {"page", "next", "csrf_token", "endpoint", "_scheme", "_external", "_anchor", "_method"}
    for path in files("*.py", *PACKAGES):
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                found |= _read(node)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("asked_"):
                found |= {
                    each.value
                    for each in node.args
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
            elif isinstance(node, ast.ClassDef) and any("Form" in ast.unparse(base) for base in node.bases):
                found |= {
                    target.id
                    for line in node.body
                    if isinstance(line, ast.Assign)
                    for target in line.targets
                    if isinstance(target, ast.Name)
                }
    return tuple(sorted(found))


def _read(call: ast.Call) -> set[str]:
    assert isinstance(call.func, ast.Attribute)
    argument: Any = call.args[0]
    if call.func.attr not in FIELD_READS:
        return set()
    if not ast.unparse(call.func.value).endswith(("args", "form", "values", "files")):
        return set()
    return (
        {argument.value} if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else set()
    )


def everywhere(junk: bytes) -> bytes:
    """The same nonsense in every field there is."""
    return b"&".join(name.encode() + b"=" + junk for name in names())
