"""Who hears of a step: the applicant and its sponsor what became of it, the next level that it has come."""

from certification.applications.models import Application
from certification.applications.rules import LEVEL_OF_STATE
from certification.applications.workflow import ApplicationState
from certification.products.models import DeclaredProduct
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.kernel.db import db
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.regions.rules import city_code_of, county_code_of, town_code_of

#: what the applicant reads when its application has come to a state
_TOLD = {
    ApplicationState.VILLAGE_CONFIRMATION: "已提交，先由村里逐户确认",
    ApplicationState.TOWN_REVIEW: "到了镇办初审",
    ApplicationState.COUNTY_REVIEW: "到了县级复审",
    ApplicationState.PUBLIC_NOTICE: "开始公示",
    ApplicationState.CITY_REVIEW: "到了市级审定",
    ApplicationState.CERTIFIED: "通过认定",
    ApplicationState.RETURNED: "退回补正",
    ApplicationState.REJECTED: "不予认定",
}


def tell_of_step(application: Application, action: str, opinion: str) -> None:
    """Part of the step's transaction. A withdrawal is the applicant's own and needs no word."""
    told = _TOLD.get(application.state)
    if told is None:
        return
    product = db.session.get_one(DeclaredProduct, application.product_id).name
    why = opinion if application.state in {ApplicationState.RETURNED, ApplicationState.REJECTED} else ""
    until = ""
    if application.state is ApplicationState.RETURNED and application.deadline_on:
        until = f"请在 {application.deadline_on:%m月%d日} 前补正，不用重新排队。"
    suppliers = [each for each in (application.supplier_id, application.sponsor_id) if each is not None]
    tell(
        Topic.APPLICATION,
        holders([Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF], ScopeKind.SUPPLIER, suppliers),
        f"{product}：{told}",
        "。".join(filter(None, (why, until))),
        endpoint="supplier.application",
        params={"application_id": application.id},
    )
    office = office_of(application)
    if office:
        again = "补正后又交上来" if action.startswith("answer_") else "到了您这一级"
        tell(
            Topic.REVIEW,
            holders([Role.OFFICIAL], ScopeKind.REGION, [office]),
            f"{product} {again}",
            f"{application.number or ''}，请在 {application.deadline_on:%m月%d日} 前提出意见。"
            if application.deadline_on
            else application.number or "",
            endpoint="review.application",
            params={"application_id": application.id},
        )


def office_of(application: Application) -> str | None:
    """The region whose officials it waits for; None where it waits for no official."""
    level = LEVEL_OF_STATE.get(application.state)
    cut = {
        "village": lambda code: code,
        "town": town_code_of,
        "county": county_code_of,
        "city": city_code_of,
    }.get(level or "")
    return cut(application.region_code) if cut else None


def office_above(application: Application) -> str | None:
    """The region that watches over the one it waits for."""
    level = LEVEL_OF_STATE.get(application.state)
    cut = {"village": town_code_of, "town": county_code_of, "county": city_code_of, "city": city_code_of}.get(
        level or ""
    )
    return cut(application.region_code) if cut else None
