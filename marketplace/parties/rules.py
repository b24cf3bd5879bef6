"""Pure rules of marketplace.parties."""

from enum import StrEnum


class SupplierKind(StrEnum):
    COOPERATIVE = "cooperative"
    LEADING_ENTERPRISE = "leading_enterprise"
    FAMILY_FARM = "family_farm"
    PILOT_HOUSEHOLD = "pilot_household"
    VILLAGE_COLLECTIVE = "village_collective"
    COMMUNITY_WORKSHOP = "community_workshop"
    RURAL_TOURISM = "rural_tourism"


class PaperKind(StrEnum):
    BUSINESS_LICENCE = "business_licence"
    PRODUCTION_PERMIT = "production_permit"
    TEST_REPORT = "test_report"
    CONFORMITY_PLEDGE = "conformity_pledge"
    SPONSOR_AGREEMENT = "sponsor_agreement"


class HouseholdStatus(StrEnum):
    """在册 / 脱贫 / 监测 / 边缘 / 一般"""

    REGISTERED = "registered"
    LIFTED = "lifted"
    MONITORED = "monitored"
    MARGINAL = "marginal"
    GENERAL = "general"
