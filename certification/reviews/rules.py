"""Pure rules of certification.reviews."""

from enum import StrEnum

from certification.applications.workflow import ApplicationState


class Decision(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


#: the village answers household by household; it can only send back
DECISIONS_OF_STATE = {
    ApplicationState.VILLAGE_CONFIRMATION: (Decision.RETURN,),
    ApplicationState.TOWN_REVIEW: tuple(Decision),
    ApplicationState.COUNTY_REVIEW: tuple(Decision),
    ApplicationState.CITY_REVIEW: tuple(Decision),
}
