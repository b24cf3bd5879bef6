"""The registers whose tables can be handed in."""

from flask.typing import ResponseReturnValue

from marketplace.backoffice.nav import render_desk
from marketplace.importing.views import Table, hand_in
from marketplace.outlets.imports import COLUMNS as OUTLET_COLUMNS
from marketplace.outlets.imports import import_outlets, plan_outlets
from marketplace.pairing.imports import import_arrangements, plan_arrangements, template_columns

_HINTS = (
    "空着的格子不改原来的内容；整张表要么全部写入，要么一行也不写。",
    "村可以写代码，也可以写区县、镇街和村名；同名的地方系统会列出来请您选。",
    "同一个表格再导入一次，不会多出一份。",
)
OUTLETS = Table(
    "outlets",
    "网点",
    "网点登记",
    "个网点",
    "registers.outlets",
    plan_outlets,
    import_outlets,
    lambda: OUTLET_COLUMNS,
    ("编号空着就是新网点；带编号的行改那个网点。", *_HINTS),
    render_desk,
)
PAIRINGS = Table(
    "pairings",
    "结对",
    "结对登记",
    "条结对",
    "registers.pairings",
    plan_arrangements,
    import_arrangements,
    template_columns,
    (
        "编号空着就是新的结对；带编号的行改那一条。",
        "帮扶到户的填户编号（村可以空着）；“到”写 长期 就是没有结束日期；目标写元，写 0 就是取消这一年的目标。",
        *_HINTS,
    ),
    render_desk,
)


def outlets() -> ResponseReturnValue:
    return hand_in(OUTLETS)


def pairings() -> ResponseReturnValue:
    return hand_in(PAIRINGS)
