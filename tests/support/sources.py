"""The files of the project that its rules speak about."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "catalog", "orders", "certification", "supplier_portal")
PROGRAM = (*PACKAGES, "deploy", "benchmarks", "wsgi.py")


def files(pattern: str, *places: str) -> Iterator[Path]:
    """The files at ``places`` that match; what was copied from elsewhere is not ours to judge."""
    for place in places:
        path = ROOT / place
        found = [path] if path.is_file() else sorted(path.rglob(pattern))
        yield from (each for each in found if "vendor" not in each.parts and "__pycache__" not in each.parts)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in the file, in the order of ``ast.walk``, which takes as long as reading the file."""
    return tuple(ast.walk(tree(path)))
