"""What states, steps and papers are called on screen; shared by the public pages and the desks."""

from certification.applications.queries import StepRow
from certification.applications.rules import LEVEL_OF_STATE, EvidenceKind
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
_ACTION_WORDS = {"approve": "同意", "return": "退回补正", "reject": "不予认定"}


def state_tone(state: ApplicationState) -> str:
    return STATE_TONES.get(state, "info")


def chain_steps(
    state: ApplicationState, returned_from: str | None, steps: list[StepRow], mine: bool = False
) -> list[Step]:
    """The path with what is done, where it stands (``mine``: with the reader) and what is to come."""
    here = state
    if state is ApplicationState.RETURNED and returned_from:
        here = next(each for each, level in LEVEL_OF_STATE.items() if level == returned_from)
    elif state in {ApplicationState.REJECTED, ApplicationState.WITHDRAWN} and steps:
        here = steps[-1].from_state
    place = _CHAIN.index(here) if here in _CHAIN else 0
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
    for number, (each, word) in enumerate(zip(_CHAIN, _CHAIN_WORDS, strict=True)):
        if number < place or state is ApplicationState.CERTIFIED:
            note = left.get(each, "") or (date_cn(local_date(steps[-1].at)) if steps else "")
            shown.append(Step(word, note, "done"))
        elif number == place:
            shown.append(Step(word, stopped.get(state, "你在这一步" if mine else "正在办"), "now"))
        else:
            shown.append(Step(word, "5 个工作日" if each is ApplicationState.PUBLIC_NOTICE else "—"))
    return shown


def step_title(step: StepRow) -> str:
    if step.action == "submit":
        return "提交"
    if step.action == "pass_village":
        return "村里确认农户"
    if step.action == "close_notice":
        return "公示期满"
    if step.action == "withdraw":
        return "申请人撤回"
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
            said=step.opinion if names or step.action == "approve" else "",
        )
        for step in reversed(steps)
    ]
