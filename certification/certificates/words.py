"""What the states of a certificate, the causes of a stop and the kinds of findings are called on screen."""

from certification.certificates.rules import FindingKind, StopCause
from certification.certificates.workflow import CertificateState

STATE_WORDS = {
    CertificateState.IN_FORCE: "证书有效",
    CertificateState.SUSPENDED: "证书已暂停",
    CertificateState.EXPIRED: "证书已过期",
    CertificateState.REVOKED: "证书已撤销",
    CertificateState.SUPERSEDED: "已换发新一版",
}
CAUSE_WORDS = {
    StopCause.FOOD_SAFETY: "食品安全",
    StopCause.BENEFIT: "带农承诺没有兑现",
    StopCause.PRICE: "价格不公道",
    StopCause.PAPERS: "证照失效",
    StopCause.COMPLAINT: "投诉查实",
    StopCause.OTHER: "其他",
}
FINDING_WORDS = {
    FindingKind.PROMISE_GAP: "承诺兑现不足",
    FindingKind.OBJECTION: "公示异议查实",
    FindingKind.INSPECTION: "现场检查发现",
    FindingKind.COMPLAINT: "投诉",
}
ACTION_WORDS = {
    "issue": "发证",
    "suspend": "暂停",
    "reinstate": "恢复",
    "revoke": "撤销",
    "expire": "到期",
    "supersede": "换发新一版",
}


def issuer(*, is_demo: bool) -> str:
    """Who stands behind a certificate, as it is printed."""
    return "西安市扶贫产品认定工作组" + ("（示例）" if is_demo else "")


def why_not_for_sale(state: CertificateState | None, cause: StopCause | None) -> str:
    """Why goods with such a newest certificate left the shop, for whoever has them in the cart; '' while it is in
    force: then it is the listing or the agreement."""
    if state is None:
        return "还没有认定证书"
    if state is CertificateState.SUSPENDED or state is CertificateState.REVOKED:
        word = "认定暂停了" if state is CertificateState.SUSPENDED else "认定被撤销了"
        return f"{word}（{CAUSE_WORDS[cause]}）" if cause and cause is not StopCause.OTHER else word
    return "认定到期了，正等续期" if state is CertificateState.EXPIRED else ""
