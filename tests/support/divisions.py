"""The committed divisions, read once, and only by a process that has a test of them to run."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from marketplace.regions.commands import read_divisions


@cache
def divisions() -> dict[str, dict[str, Any]]:
    """By code, parents before children."""
    return {row["code"]: row for row in read_divisions()}


@cache
def codes() -> list[str]:
    return sorted(divisions())


#: for properties: the code of any division
ANY_CODE = st.deferred(lambda: st.sampled_from(codes()))
