"""The left navigation of a desk: entries in groups, and the one entry that the shown page belongs to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry and the pages below it, which keep it marked.

    ``supplier.orders`` has ``supplier.order``, ``supplier.order_ship`` and ``supplier.orders_export`` below it by their
    names. ``below`` are the endpoints that are called otherwise, each with those that go on from it after a ``_``.
    """

    label: str
    endpoint: str
    icon: str
    below: tuple[str, ...] = ()

    def nearness(self, shown: str) -> int:
        """How much of the shown endpoint's name speaks for this entry, in signs; 0 when it isn't below it."""
        stems = (self.endpoint, self.endpoint.removesuffix("s"), *self.below)
        return max((len(stem) for stem in stems if shown == stem or shown.startswith(f"{stem}_")), default=0)


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry as ``desk.html`` shows it; ``count`` is how much waits behind it."""

    label: str
    href: str
    icon: str
    current: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class NavGroup:
    title: str
    items: tuple[NavItem, ...]


def entry_of(groups: Iterable[Group], endpoint: str) -> Entry | None:
    """The entry a page belongs to: the one its endpoint's name says most of."""
    entries = [entry for group in groups for entry in group.entries]
    nearest = max(entries, key=lambda entry: entry.nearness(endpoint), default=None)
    return nearest if nearest is not None and nearest.nearness(endpoint) else None


def navigation(
    groups: Sequence[Group],
    counts: Mapping[str, int] | None = None,
    *,
    offers: Callable[[Entry], bool] = lambda entry: True,
) -> list[NavGroup]:
    """What ``offers`` lets this person see, with the entry of the page on show marked. ``counts`` by endpoint."""
    shown = entry_of(groups, request.endpoint or "")
    found = [
        NavGroup(
            group.title,
            tuple(
                NavItem(
                    entry.label,
                    url_for(entry.endpoint),
                    entry.icon,
                    current=entry is shown,
                    count=(counts or {}).get(entry.endpoint, 0),
                )
                for entry in group.entries
                if offers(entry)
            ),
        )
        for group in groups
    ]
    return [group for group in found if group.items]
