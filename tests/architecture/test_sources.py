"""The house rules that a reader would otherwise have to remember."""

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from tests.support.sources import PACKAGES, PROGRAM, ROOT, files, name, nodes, text, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
#: split, so that this file does not speak of itself
LEFT_OVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b|(?i:in a real (system|project|shop))")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    ours = chain(files("*.py", *PROGRAM, "tests"), files("*.html", *PACKAGES))
    lengths = {name(path): text(path).count("\n") for path in ours}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    too_long = {
        f"{name(path)}:{node.name}": length
        for path in files("*.py", *PROGRAM, "tests")
        for node in nodes(path)
        if isinstance(node, FUNCTIONS)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert too_long == {}


def calls(path: Path, *attributes: str) -> list[str]:
    return [
        f"{name(path)}:{node.lineno}"
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in attributes
    ]


def test_only_the_transaction_commits() -> None:
    committing = [call for path in files("*.py", *PROGRAM) for call in calls(path, "commit")]
    assert {call.partition(":")[0] for call in committing} == {"marketplace/kernel/transaction.py"}


def test_package_roots_say_what_they_are_for_and_import_nothing() -> None:
    for package in PACKAGES:
        root = ROOT / package / "__init__.py"
        assert ast.get_docstring(tree(root)), f"{package} does not say what it is for"
        assert len(tree(root).body) == 1, f"{package} does something when imported"


def test_every_room_says_what_it_is_for() -> None:
    silent = [name(path) for path in files("__init__.py", *PACKAGES) if not ast.get_docstring(tree(path))]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    ours = chain(
        files("*.py", *PROGRAM, "tests", "migrations"),
        *(files(pattern, *PACKAGES) for pattern in ("*.html", "*.css", "*.js")),
    )
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in ours
        if path != Path(__file__)
        for number, line in enumerate(text(path).splitlines(), 1)
        if LEFT_OVER.search(line)
    ]
    assert found == []


def test_no_test_sleeps_or_is_skipped() -> None:
    marks = ("skip", "skipif", "xfail", "importorskip")
    found = [
        f"{name(path)}:{node.lineno}"
        for path in files("*.py", "tests")
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and (node.attr in marks or (node.attr == "sleep" and ast.unparse(node.value) == "time"))
    ]
    assert found == []


@pytest.mark.parametrize("contract", ["layers", "forbidden"])
def test_the_ladder_of_imports_has_no_exceptions(contract: str) -> None:
    contracts = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    of_this_type = [each for each in contracts if each["type"] == contract]
    assert of_this_type
    assert [each["id"] for each in of_this_type if "ignore_imports" in each] == []


def test_the_readme_draws_the_ladder_that_is_enforced() -> None:
    contracts = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = {each["id"]: each["layers"] for each in contracts if each["type"] == "layers"}
    drawn = text(ROOT / "README.md").partition("## The ladder of imports")[2].split("```")[1]
    rungs = [re.split(r"  +", line)[0] for line in drawn.splitlines() if line[:1].strip()]
    assert rungs[1 : rungs.index("in a feature:")] == layers["ladder"]
    for room in ("orders", "catalog", "certification"):
        assert f"{room}  " in drawn
        assert f" {' > '.join(layers[room])}\n" in drawn


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", text(folder / "README.md"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_nobody_imports_the_entry_point() -> None:
    importers = [
        name(path)
        for path in files("*.py", *PACKAGES)
        for node in nodes(path)
        if (isinstance(node, ast.Import) and any(each.name == "wsgi" for each in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "wsgi")
    ]
    assert importers == []


def test_what_people_type_is_read_in_one_way() -> None:
    """Half width by the form's text field or ``asked_text``; the search has a normalisation of its own."""
    own_way = re.compile(
        r"request\.args\.get\(\"[qv]\"|[^a-zA-Z](StringField|EmailField|TelField|SearchField)\(\""
    )
    alone = {"marketplace/kernel/forms.py", "marketplace/storefront/search_views.py"}
    found = {
        name(path)
        for path in files("*.py", *PACKAGES)
        if name(path) not in alone
        and any(own_way.search(line) and "digits_of(" not in line for line in text(path).splitlines())
    }
    assert found == set()
