"""What the states of a certificate are called on screen."""

from certification.certificates.workflow import CertificateState

STATE_WORDS = {
    CertificateState.IN_FORCE: "证书有效",
    CertificateState.SUSPENDED: "证书已暂停",
    CertificateState.EXPIRED: "证书已过期",
    CertificateState.REVOKED: "证书已撤销",
    CertificateState.SUPERSEDED: "已换发新一版",
}
