"""What accounts tells the rooms above."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SignedIn:
    """Somebody signed in; ``cookies`` are the browser's, for rooms that kept something of the guest there."""

    user_id: int
    cookies: Mapping[str, str]


@dataclass(frozen=True)
class AccountClosing:
    """Somebody is closing their account, in this transaction. A room that can't let them go yet raises Conflict; one
    that keeps something of theirs alone forgets it."""

    user_id: int
