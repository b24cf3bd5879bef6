"""Pure rules of certification.applications."""

from enum import StrEnum


class EvidenceKind(StrEnum):
    TEST_REPORT = "test_report"
    CONFORMITY_PLEDGE = "conformity_pledge"
    PRODUCT_PICTURE = "product_picture"
    LINKAGE_SCAN = "linkage_scan"
    OTHER = "other"


class ConfirmationAnswer(StrEnum):
    CONFIRMED = "confirmed"
    REFUSED = "refused"
