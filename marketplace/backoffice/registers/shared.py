"""What both registers' pages ask: whose register it is, which filters an address holds, what is on the record."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import request

from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names
from marketplace.accounts.register_scope import register_regions
from marketplace.backoffice.records.detail_words import detail_words
from marketplace.backoffice.records.queries import AuditRow, audit_of
from marketplace.backoffice.records.words import action_word
from marketplace.presentation import TimelineItem, datetime_cn
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import RegionRow, children_of, find_region
from marketplace.regions.rules import RegionLevel, county_code_of


@dataclass(frozen=True, slots=True)
class Scope:
    """``regions`` None: the whole city. ``counties`` are those a filter offers, (code, name)."""

    regions: list[RegionRow] | None
    counties: list[tuple[str, str]]

    @property
    def words(self) -> str:
        return "全市" if self.regions is None else "、".join(region.name for region in self.regions)


def scope_of(actor: Actor) -> Scope:
    regions = register_regions(actor)
    counties = [(row.code, row.name) for row in children_of(CITY_CODE)]
    if regions is not None and not any(region.level.rank <= RegionLevel.CITY.rank for region in regions):
        own = {county_code_of(region.code) for region in regions}
        counties = [pair for pair in counties if pair[0] in own]
    return Scope(regions, counties)


def asked_county(scope: Scope) -> RegionRow | None:
    code = request.args.get("county", "")
    return find_region(code) if code in {each for each, _ in scope.counties} else None


def history(subject: str, subject_id: int, themselves: Collection[int] = ()) -> list[TimelineItem]:
    """What was done to a record, newest first, as a timeline shows it; ``themselves`` are users the record is about,
    whose name stays masked."""
    rows: list[AuditRow] = audit_of(subject, subject_id)
    names = display_names({row.actor_id for row in rows if row.actor_id is not None})
    names.update(dict.fromkeys(themselves, "本户"))
    return [
        TimelineItem(
            action_word(row.action),
            f"{datetime_cn(row.at)} · {names.get(row.actor_id or 0, '系统')}",
            "；".join(detail_words(row.detail)),
            row.reason or "",
        )
        for row in rows
    ]
