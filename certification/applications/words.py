"""What states, steps and papers are called on screen; shared by the public pages and the desks."""

from certification.applications.queries import StepRow
from certification.applications.rules import LEVEL_OF_STATE, ApplicationKind, EvidenceKind
from certification.applications.workflow import ApplicationState
from marketplace.kernel.clock import local_date
from marketplace.presentation import Step, TimelineItem, date_cn, datetime_cn

STATE_WORDS = {
    ApplicationState.DRAFT: "草稿",
    ApplicationState.VILLAGE_CONFIRMATION: "村里确认",
    ApplicationState.TOWN_REVIEW: "镇办初审",
    ApplicationState.COUNTY_REVIEW: "县级复审",
    ApplicationState.PUBLIC_NOTICE: "三级公示",
    ApplicationState.CITY_REVIEW: "市级审定",
    ApplicationState.CERTIFIED: "已认定",
    ApplicationState.RETURNED: "退回补正",
    ApplicationState.REJECTED: "不予认定",
    ApplicationState.WITHDRAWN: "已撤回",
}
STATE_TONES = {
    ApplicationState.DRAFT: "",
    ApplicationState.RETURNED: "warn",
    ApplicationState.CERTIFIED: "done",
    ApplicationState.REJECTED: "danger",
    ApplicationState.WITHDRAWN: "",
}
LEVEL_WORDS = {"village": "村", "town": "镇办", "county": "县级", "city": "市级"}
EVIDENCE_WORDS = {
    EvidenceKind.TEST_REPORT: "检测报告",
    EvidenceKind.CONFORMITY_PLEDGE: "承诺达标合格证",
    EvidenceKind.PRODUCT_PICTURE: "产品照片",
    EvidenceKind.LINKAGE_SCAN: "联结协议签字件",
    EvidenceKind.OTHER: "其他材料",
}
_CHAIN = (
    ApplicationState.DRAFT,
    ApplicationState.VILLAGE_CONFIRMATION,
    ApplicationState.TOWN_REVIEW,
    ApplicationState.COUNTY_REVIEW,
    ApplicationState.PUBLIC_NOTICE,
    ApplicationState.CITY_REVIEW,
    ApplicationState.CERTIFIED,
)
_CHAIN_WORDS = ("提交", "村里确认", "镇办初审", "县级复审", "三级公示", "市级审定", "发证")
#: a short renewal passes these by
_LEFT_OUT = frozenset(
    {
        ApplicationState.VILLAGE_CONFIRMATION,
        ApplicationState.TOWN_REVIEW,
        ApplicationState.PUBLIC_NOTICE,
    }
)
KIND_WORDS = {
    ApplicationKind.FIRST: "首次认定",
    ApplicationKind.RENEWAL: "续期",
    ApplicationKind.CHANGE: "变更",
}
_ACTION_WORDS = {"approve": "同意", "return": "退回补正", "reject": "不予认定"}


def state_tone(state: ApplicationState) -> str:
    return STATE_TONES.get(state, "info")


def chain_steps(
    state: ApplicationState,
    returned_from: str | None,
    steps: list[StepRow],
    mine: bool = False,
    *,
    is_short: bool = False,
) -> list[Step]:
    """The path with what is done, where it stands (``mine``: with the reader) and what is to come; that of a short
    renewal has four stations."""
    here = state
    if state is ApplicationState.RETURNED and returned_from:
        here = next(each for each, level in LEVEL_OF_STATE.items() if level == returned_from)
    elif state in {ApplicationState.REJECTED, ApplicationState.WITHDRAWN} and steps:
        here = steps[-1].from_state
    path = [
        pair for pair in zip(_CHAIN, _CHAIN_WORDS, strict=True) if not is_short or pair[0] not in _LEFT_OUT
    ]
    place = next((number for number, (each, _) in enumerate(path) if each is here), 0)
    left = {
        step.from_state: date_cn(local_date(step.at))
        for step in steps
        if step.to_state is not ApplicationState.RETURNED
    }
    stopped = {
        ApplicationState.RETURNED: "退回补正",
        ApplicationState.REJECTED: "不予认定",
        ApplicationState.WITHDRAWN: "已撤回",
    }
    shown = []
    for number, (each, word) in enumerate(path):
        if number < place or state is ApplicationState.CERTIFIED:
            note = left.get(each, "") or (date_cn(local_date(steps[-1].at)) if steps else "")
            shown.append(Step(word, note, "done"))
        elif number == place:
            shown.append(Step(word, stopped.get(state, "您在这一步" if mine else "正在办"), "now"))
        else:
            shown.append(Step(word, "5 个工作日" if each is ApplicationState.PUBLIC_NOTICE else "—"))
    return shown


_STEP_TITLES = {
    "submit": "提交",
    "submit_short": "提交（续期，农户和条款没有变）",
    "approve_short": "县级同意，报市级审定",
    "uphold_objection": "公示异议成立",
    "pass_village": "村里确认农户",
    "close_notice": "公示期满",
    "withdraw": "申请人撤回",
}


def step_title(step: StepRow) -> str:
    if step.action in _STEP_TITLES:
        return _STEP_TITLES[step.action]
    if step.action.startswith("answer_"):
        return "补正后重新提交"
    level = LEVEL_WORDS.get(LEVEL_OF_STATE.get(step.from_state, ""), "")
    return f"{level}{_ACTION_WORDS.get(step.action, step.action)}"


def history(steps: list[StepRow], *, names: bool) -> list[TimelineItem]:
    """Newest first; without names on public pages."""
    return [
        TimelineItem(
            title=step_title(step),
            when=datetime_cn(step.at) if names else date_cn(local_date(step.at)),
            text=(step.actor_name or "系统") if names else "",
            said=step.opinion if names or step.action in {"approve", "approve_short"} else "",
        )
        for step in reversed(steps)
    ]
