"""The left navigation of the unit's desk and the one way to render its pages."""

from typing import Any

from flask import render_template

from marketplace.accounts.web import require_actor
from marketplace.kernel.navigation import Entry, Group, navigation
from marketplace.parties.unit_queries import UnitRow
from marketplace.unit_desk.guards import OPEN, chosen_unit, roles_in

GROUPS = (
    Group(
        "采购",
        (
            Entry("年度计划", "unit.home", "bullseye", below=("unit.plan",)),
            Entry("去采购", "unit.catalogue", "bag-check", below=("unit.add",)),
            Entry("采购单", "unit.purchases", "file-earmark-check", below=("unit.order", "unit.orders")),
            Entry("验收", "unit.acceptance", "box-seam", below=("unit.accept",)),
        ),
    ),
    Group("钱", (Entry("对公付款", "unit.transfers", "bank"),)),
    Group("结对", (Entry("结对村", "unit.pairings", "house-heart", below=("unit.village",)),)),
    Group(
        "我们",
        (
            Entry("成员", "unit.members", "people", below=("unit.invitation",)),
            Entry("单位资料", "unit.profile", "card-checklist", below=("unit.correct", "unit.contact")),
            Entry("换一个单位办事", "unit.switch", "shop"),
        ),
    ),
)
#: what a unit that waits for admission has use for
BEFORE_ADMISSION = frozenset({"unit.profile", "unit.switch"})


def _offers(entry: Entry, unit: UnitRow) -> bool:
    if unit.state not in OPEN and entry.endpoint not in BEFORE_ADMISSION:
        return False
    return entry.endpoint != "unit.switch" or len(require_actor().unit_ids) > 1


def render_desk(template: str, *, counts: dict[str, int] | None = None, **context: Any) -> str:
    """A page of the unit's desk. ``counts`` by endpoint show beside the entries."""
    unit = chosen_unit()
    return render_template(
        template,
        unit=unit,
        desk_nav=navigation(GROUPS, counts, offers=lambda entry: _offers(entry, unit)),
        desk_title=f"{unit.name} · 单位采购",
        desk_user_line="、".join(role.label for role in roles_in(unit.id)),
        **context,
    )
