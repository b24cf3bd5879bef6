"""Limits and periods of the chain; each with where it comes from."""

from certification.applications.workflow import ApplicationState
from marketplace.kernel.parameters import Parameter

PRICE_LIMIT_BP = Parameter(
    "certification.price_limit_bp",
    default=13_000,
    unit="bp",
    source="扶贫产品认定“价格公道”：高于同类同等级中位价 1.3 倍须书面说明（市级认定工作细则，示例）",
)

_SOURCE = "市级认定工作细则（示例）：各级在规定的工作日内提出意见"
DEADLINES = {
    ApplicationState.VILLAGE_CONFIRMATION: Parameter("certification.village_days", 5, "工作日", _SOURCE),
    ApplicationState.TOWN_REVIEW: Parameter("certification.town_days", 5, "工作日", _SOURCE),
    ApplicationState.COUNTY_REVIEW: Parameter("certification.county_days", 7, "工作日", _SOURCE),
    ApplicationState.CITY_REVIEW: Parameter("certification.city_days", 5, "工作日", _SOURCE),
    ApplicationState.RETURNED: Parameter("certification.answer_days", 10, "工作日", _SOURCE),
}
