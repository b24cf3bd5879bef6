"""Stories as the cards of the page macros."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.presentation import link
from marketplace.regions.queries import names_of
from marketplace.regions.rules import county_code_of, place_name
from marketplace.stories.queries import StoryRow

#: doors to stories on other pages
FEW = 3


@dataclass(frozen=True, slots=True)
class StoryCard:
    """``image`` is empty where there is no picture, or the household does not allow it."""

    href: str
    title: str
    lead: str
    place: str
    image: str


def story_cards(rows: Sequence[StoryRow]) -> list[StoryCard]:
    """At most one statement, for names of places not yet known."""
    codes = {row.village_code for row in rows}
    names = names_of({*codes, *map(county_code_of, codes)})
    return [
        StoryCard(
            href=link("stories.show", story_id=row.id),
            title=row.title,
            lead=row.lead,
            place=names.get(county_code_of(row.village_code), "")
            + place_name(names.get(row.village_code, "")),
            image=picture_address(row, 640),
        )
        for row in rows
    ]


def picture_address(row: StoryRow, width: int) -> str:
    return link("stories.picture", story_id=row.id, width=width) if row.shows_picture else ""
