"""The left navigation of the officials' desk and the one way to render its pages."""

from collections.abc import Collection, Sequence
from typing import Any

from flask import current_app, render_template, request, url_for

from certification.linkage.sheet_queries import asked_of
from certification.reviews.objections import open_in_scope
from certification.reviews.scope import regions_of
from certification.reviews.worklist import desk_counts
from marketplace.accounts.web import require_actor
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import RegionLevel, place_name, town_code_of
from marketplace.stories.queries import count_waiting

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "审核",
        (
            ("待我审", "review.home", "inbox"),
            ("公示中", "review.notices", "hourglass-split"),
            ("公示异议", "review.objections", "megaphone"),
            ("我审过的", "review.past", "clock-history"),
            ("督办", "review.supervision", "flag"),
        ),
    ),
    (
        "农户收入",
        (
            ("到账确认", "review.acknowledgements", "cash-coin"),
            ("工时确认", "review.sheets", "clock"),
            ("示范户核对", "review.pilots", "house-heart"),
            ("联结监测", "review.monitoring", "speedometer2"),
        ),
    ),
    ("看情况", (("报表", "reports.home", "bar-chart"),)),
    (
        "本地",
        (
            ("认定证书", "review.certificates", "patch-check"),
            ("产品目录", "review.catalogues", "book"),
            ("村里的故事", "review.stories", "book"),
            ("常用意见", "review.templates", "chat-square-quote"),
            ("工作交接", "review.handover", "people"),
            ("农户登记", "registers.households", "house-heart"),
            ("网点登记", "registers.outlets", "pin-map"),
            ("结对登记", "registers.pairings", "link-45deg"),
        ),
    ),
)
BELONGS = {
    "review.application": "review.home",
    "review.household": "review.home",
    "review.households": "review.home",
    "review.certificate": "review.certificates",
    "review.catalogue": "review.catalogues",
    "review.sheet": "review.sheets",
    "review.monitoring_certificate": "review.monitoring",
    "review.monitoring_record": "review.monitoring",
    "review.objection": "review.objections",
    "review.story": "review.stories",
    "review.story_new": "review.stories",
    "review.story_rewrite": "review.stories",
}
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
    shown = BELONGS.get(request.endpoint or "", request.endpoint)
    regions = regions_of(actor)
    hidden = frozenset[str]() if any(row.level is RegionLevel.CITY for row in regions) else CITY_ONLY
    groups = [{"title": title, "items": _items(entries, counts, shown, hidden)} for title, entries in GROUPS]
    title, line = _who(regions)
    return render_template(
        template,
        desk_nav=[group for group in groups if group["items"]],
        desk_title=title,
        desk_user_line=line,
        figures=figures,
        **context,
    )


def _items(
    entries: tuple[tuple[str, str, str], ...],
    counts: dict[str, int],
    shown: str | None,
    hidden: Collection[str],
) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": url_for(endpoint),
            "icon": icon,
            "current": endpoint == shown,
            "count": counts.get(endpoint, 0),
        }
        for label, endpoint, icon in entries
        if endpoint in current_app.view_functions and endpoint not in hidden
    ]


def _who(regions: Sequence[RegionRow]) -> tuple[str, str]:
    if not regions:
        return "扶贫产品认定", ""
    first = regions[0]
    name = place_name(first.name)
    return f"{name} · 扶贫产品认定", f"{LEVEL_LINES.get(first.level, '')} · {name}"
