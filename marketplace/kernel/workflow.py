"""A state machine is a table: (state, action) → state. Nothing else changes a state."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from marketplace.kernel.errors import IllegalTransition

S = TypeVar("S", bound=StrEnum)


class Workflow(Generic[S]):
    """The edges of one machine. Immutable; build it once per module."""

    def __init__(self, initial: S, edges: Mapping[tuple[S, str], S]) -> None:
        self.initial = initial
        self.edges = dict(edges)

    def next(self, state: S, action: str) -> S:
        """The state after ``action``; raises IllegalTransition when the table has no such edge."""
        try:
            return self.edges[state, action]
        except KeyError:
            raise IllegalTransition(state, action) from None

    def allows(self, state: S, action: str) -> bool:
        return (state, action) in self.edges

    def actions(self, state: S) -> list[str]:
        return [action for source, action in self.edges if source == state]
