"""Every error that is raised anywhere has its sentence, and every gap in a sentence is filled."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest

from marketplace.error_texts import ERROR_TEXTS
from tests.support.sources import PACKAGES, files, name, nodes

ERRORS = {"DomainError", "InvalidInput", "NotFound", "Forbidden", "Conflict"}
CODE = re.compile(r"[a-z_]+(\.[a-z_0-9]+)+")
OWN = {"not_found", "forbidden", "unknown", "workflow.illegal"}


@cache
def names_of_errors() -> set[str]:
    """The kernel's, and those the rooms derive from them."""
    found = set(ERRORS)
    classes = [
        (node.name, {ast.unparse(base) for base in node.bases})
        for path in files("*.py", *PACKAGES)
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
    ]
    while True:
        more = {name for name, bases in classes if found & bases} - found
        if not more:
            return found
        found |= more


def raised() -> Iterator[tuple[str, ast.Call]]:
    for path in files("*.py", *PACKAGES):
        for node in nodes(path):
            if isinstance(node, ast.Call) and called(node) in names_of_errors():
                yield f"{name(path)}:{node.lineno}", node


def called(call: ast.Call) -> str:
    """The last name of what is called: ``Conflict`` of ``errors.Conflict(…)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def codes_of(call: ast.Call) -> list[str]:
    """The constant codes an error may be raised with."""
    argument = next(
        (each.value for each in call.keywords if each.arg == "code"), call.args[0] if call.args else None
    )
    branches = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
    return [each.value for each in branches if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def places(code: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(ERROR_TEXTS[code]) if field}


def test_every_code_has_its_sentence() -> None:
    missing = {
        f"{place} {code}" for place, call in raised() for code in codes_of(call) if code not in ERROR_TEXTS
    }
    assert missing == set()


def test_every_gap_in_a_sentence_is_filled() -> None:
    gaps = {
        f"{place} {code}: {sorted(unfilled)}"
        for place, call in raised()
        if not any(each.arg is None for each in call.keywords)
        for code in codes_of(call)
        if code in ERROR_TEXTS
        and (unfilled := places(code) - {each.arg for each in call.keywords if each.arg} - {"code", "field"})
    }
    assert gaps == set()


@pytest.mark.parametrize("code", ERROR_TEXTS)
def test_a_sentence_is_chinese_and_whole(code: str) -> None:
    assert CODE.fullmatch(code) or code in OWN
    assert re.search(r"[\u4e00-\u9fff]", ERROR_TEXTS[code])
    assert list(Formatter().parse(ERROR_TEXTS[code]))
    assert not re.search(r"{(?!\w+})", ERROR_TEXTS[code])
