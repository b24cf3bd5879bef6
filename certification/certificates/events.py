"""What others must know at once about a certificate."""

from dataclasses import dataclass

from certification.certificates.rules import StopCause


@dataclass(frozen=True, slots=True)
class CertificateStopped:
    """It was suspended or revoked: no new order from the next request on; for food safety, no shipment either."""

    certificate_id: int
    product_id: int
    cause: StopCause
