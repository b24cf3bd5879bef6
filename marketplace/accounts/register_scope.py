"""Whose registers a person keeps: an admin's are the whole city's, an official's those of its own regions.

A foreign place does not exist for an official: what lies there is answered with NotFound.
"""

from collections.abc import Sequence

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor, Permission, allows
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.regions.queries import RegionRow, rows_of
from marketplace.regions.rules import is_within


def register_regions(actor: Actor) -> list[RegionRow] | None:
    """The regions whose registers this person keeps; None: all of them. Raises Forbidden."""
    if not allows(actor, Permission.REGISTERS):
        raise Forbidden
    if actor.has_role(Role.ADMIN):
        return None
    return sorted(rows_of(actor.official_regions).values(), key=lambda row: row.code)


def lies_within(code: str, regions: Sequence[RegionRow] | None) -> bool:
    return regions is None or any(is_within(code, region.code, region.level) for region in regions)


def require_within(code: str, regions: Sequence[RegionRow] | None) -> None:
    """Raises NotFound for a place outside these regions."""
    if not lies_within(code, regions):
        raise NotFound
