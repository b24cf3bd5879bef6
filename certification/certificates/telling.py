"""Who hears of a certificate: the people of the supplier that holds it and of its sponsor; also before it ends."""

from datetime import timedelta

from sqlalchemy import select

from certification.applications.models import Application
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic

#: days before the last one on which a holder is reminded (市级认定工作细则，示例)
REMIND_DAYS = (60, 30, 7)


def tell_holders(certificate: Certificate, title: str, text: str, *, key: str | None = None) -> int:
    """Tell owners and staff of the supplier, and of the sponsor that sells for it."""
    sponsor = db.session.scalar(
        select(Application.sponsor_id).where(Application.id == certificate.application_id)
    )
    suppliers = [certificate.supplier_id, *([sponsor] if sponsor else [])]
    people = holders([Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF], ScopeKind.SUPPLIER, suppliers)
    return tell(
        Topic.CERTIFICATE,
        people,
        title,
        text,
        endpoint="supplier.certificate",
        params={"certificate_id": certificate.id},
        key=key,
    )


def remind_of_expiry() -> int:
    """The job: once for each of the days a certificate comes near its end; returns how many messages were left.

    The nearest mark that is passed counts, so that a worker that slept does not send three at once.
    """
    today = clock.today()
    due = db.session.scalars(
        select(Certificate.id)
        .where(
            Certificate.state == CertificateState.IN_FORCE,
            Certificate.valid_until >= today,
            Certificate.valid_until <= today + timedelta(days=max(REMIND_DAYS)),
        )
        .order_by(Certificate.id)
    ).all()
    return sum(_remind(certificate_id) for certificate_id in due)


@transactional
def _remind(certificate_id: int) -> int:
    certificate = db.session.get_one(Certificate, certificate_id)
    left = (certificate.valid_until - clock.today()).days
    mark = min((days for days in REMIND_DAYS if left <= days), default=None)
    if mark is None:
        return 0
    return tell_holders(
        certificate,
        f"证书还有 {left} 天到期：{certificate.facts.get('product', '')}",
        f"{certificate.number} 有效期到 {certificate.valid_until:%Y年%m月%d日}。到期不续，商品当天停售。"
        "农户和条款没有变的，续期只过县、市两级。",
        key=f"certificate-{certificate.id}-{mark}",
    )
