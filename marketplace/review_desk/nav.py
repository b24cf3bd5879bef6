"""The left navigation of the officials' desk and the one way to render its pages."""

from collections.abc import Sequence
from typing import Any

from flask import render_template

from certification.linkage.sheet_queries import asked_of
from certification.reviews.objections import open_in_scope
from certification.reviews.scope import regions_of
from certification.reviews.worklist import desk_counts
from marketplace.accounts.web import require_actor
from marketplace.kernel.navigation import Entry, Group, navigation
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import RegionLevel, place_name, town_code_of
from marketplace.stories.queries import count_waiting

GROUPS = (
    Group(
        "审核",
        (
            Entry(
                "待我审",
                "review.home",
                "inbox",
                below=("review.application", "review.household", "review.households"),
            ),
            Entry("公示中", "review.notices", "hourglass-split"),
            Entry("公示异议", "review.objections", "megaphone"),
            Entry("我审过的", "review.past", "clock-history"),
            Entry("督办", "review.supervision", "flag"),
        ),
    ),
    Group(
        "农户收入",
        (
            Entry("到账确认", "review.acknowledgements", "cash-coin"),
            Entry("工时确认", "review.sheets", "clock"),
            Entry("示范户核对", "review.pilots", "house-heart"),
            Entry("联结监测", "review.monitoring", "speedometer2"),
        ),
    ),
    Group("看情况", (Entry("报表", "reports.home", "bar-chart"),)),
    Group(
        "本地",
        (
            Entry("认定证书", "review.certificates", "patch-check"),
            Entry("产品目录", "review.catalogues", "book"),
            Entry("村里的故事", "review.stories", "book", below=("review.story",)),
            Entry("常用意见", "review.templates", "chat-square-quote"),
            Entry("工作交接", "review.handover", "people"),
            Entry("农户登记", "registers.households", "house-heart"),
            Entry("网点登记", "registers.outlets", "pin-map"),
            Entry("结对登记", "registers.pairings", "link-45deg"),
        ),
    ),
)
CITY_ONLY = frozenset({"review.catalogues"})
LEVEL_LINES = {
    RegionLevel.VILLAGE: "村里确认",
    RegionLevel.TOWN: "镇办初审",
    RegionLevel.COUNTY: "县级复审",
    RegionLevel.CITY: "市级审定",
}


def render_desk(template: str, **context: Any) -> str:
    """A page of the officials' desk, with what waits beside the entries."""
    actor = require_actor()
    villages = [code for code in actor.official_regions if town_code_of(code) != code]
    figures, others = desk_counts(actor, {"objections": open_in_scope(actor), "sheets": asked_of(villages)})
    counts = {
        "review.home": figures.total,
        "review.notices": others["notice"],
        "review.objections": others["objections"],
        "review.sheets": others["sheets"],
        "review.stories": count_waiting(actor),
    }
    regions = regions_of(actor)
    hidden = frozenset[str]() if any(row.level is RegionLevel.CITY for row in regions) else CITY_ONLY
    title, line = _who(regions)
    return render_template(
        template,
        desk_nav=navigation(GROUPS, counts, offers=lambda entry: entry.endpoint not in hidden),
        desk_title=title,
        desk_user_line=line,
        figures=figures,
        **context,
    )


def _who(regions: Sequence[RegionRow]) -> tuple[str, str]:
    if not regions:
        return "扶贫产品认定", ""
    first = regions[0]
    name = place_name(first.name)
    return f"{name} · 扶贫产品认定", f"{LEVEL_LINES.get(first.level, '')} · {name}"
