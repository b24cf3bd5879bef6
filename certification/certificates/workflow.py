"""States of a certificate and of a product catalogue."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class CertificateState(StrEnum):
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


CERTIFICATE: Workflow[CertificateState] = Workflow(
    CertificateState.IN_FORCE,
    {
        (CertificateState.IN_FORCE, "suspend"): CertificateState.SUSPENDED,
        (CertificateState.SUSPENDED, "reinstate"): CertificateState.IN_FORCE,
        (CertificateState.IN_FORCE, "expire"): CertificateState.EXPIRED,
        (CertificateState.SUSPENDED, "expire"): CertificateState.EXPIRED,
        (CertificateState.IN_FORCE, "revoke"): CertificateState.REVOKED,
        (CertificateState.SUSPENDED, "revoke"): CertificateState.REVOKED,
        (CertificateState.IN_FORCE, "supersede"): CertificateState.SUPERSEDED,
        (CertificateState.SUSPENDED, "supersede"): CertificateState.SUPERSEDED,
    },
)


class CatalogueState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


CATALOGUE: Workflow[CatalogueState] = Workflow(
    CatalogueState.DRAFT,
    {
        (CatalogueState.DRAFT, "publish"): CatalogueState.PUBLISHED,
    },
)
