"""The chain of 国开办发〔2020〕11号: village, town, county, notice, city.

A level returns to the applicant only, and the answer comes back to that level. A short renewal, whose households and
terms are those already confirmed and published, goes to county and city only.
"""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class ApplicationState(StrEnum):
    DRAFT = "draft"
    VILLAGE_CONFIRMATION = "village_confirmation"
    TOWN_REVIEW = "town_review"
    COUNTY_REVIEW = "county_review"
    PUBLIC_NOTICE = "public_notice"
    CITY_REVIEW = "city_review"
    CERTIFIED = "certified"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


APPLICATION: Workflow[ApplicationState] = Workflow(
    ApplicationState.DRAFT,
    {
        (ApplicationState.DRAFT, "submit"): ApplicationState.VILLAGE_CONFIRMATION,
        (ApplicationState.DRAFT, "submit_short"): ApplicationState.COUNTY_REVIEW,
        (ApplicationState.DRAFT, "withdraw"): ApplicationState.WITHDRAWN,
        (ApplicationState.VILLAGE_CONFIRMATION, "pass_village"): ApplicationState.TOWN_REVIEW,
        (ApplicationState.VILLAGE_CONFIRMATION, "return"): ApplicationState.RETURNED,
        (ApplicationState.VILLAGE_CONFIRMATION, "withdraw"): ApplicationState.WITHDRAWN,
        (ApplicationState.TOWN_REVIEW, "approve"): ApplicationState.COUNTY_REVIEW,
        (ApplicationState.TOWN_REVIEW, "return"): ApplicationState.RETURNED,
        (ApplicationState.TOWN_REVIEW, "reject"): ApplicationState.REJECTED,
        (ApplicationState.TOWN_REVIEW, "withdraw"): ApplicationState.WITHDRAWN,
        (ApplicationState.COUNTY_REVIEW, "approve"): ApplicationState.PUBLIC_NOTICE,
        (ApplicationState.COUNTY_REVIEW, "approve_short"): ApplicationState.CITY_REVIEW,
        (ApplicationState.COUNTY_REVIEW, "return"): ApplicationState.RETURNED,
        (ApplicationState.COUNTY_REVIEW, "reject"): ApplicationState.REJECTED,
        (ApplicationState.COUNTY_REVIEW, "withdraw"): ApplicationState.WITHDRAWN,
        (ApplicationState.PUBLIC_NOTICE, "close_notice"): ApplicationState.CITY_REVIEW,
        (ApplicationState.PUBLIC_NOTICE, "uphold_objection"): ApplicationState.REJECTED,
        (ApplicationState.PUBLIC_NOTICE, "withdraw"): ApplicationState.WITHDRAWN,
        (ApplicationState.CITY_REVIEW, "approve"): ApplicationState.CERTIFIED,
        (ApplicationState.CITY_REVIEW, "return"): ApplicationState.RETURNED,
        (ApplicationState.CITY_REVIEW, "reject"): ApplicationState.REJECTED,
        (ApplicationState.CITY_REVIEW, "withdraw"): ApplicationState.WITHDRAWN,
        (ApplicationState.RETURNED, "answer_village"): ApplicationState.VILLAGE_CONFIRMATION,
        (ApplicationState.RETURNED, "answer_town"): ApplicationState.TOWN_REVIEW,
        (ApplicationState.RETURNED, "answer_county"): ApplicationState.COUNTY_REVIEW,
        (ApplicationState.RETURNED, "answer_city"): ApplicationState.CITY_REVIEW,
        (ApplicationState.RETURNED, "withdraw"): ApplicationState.WITHDRAWN,
    },
)
