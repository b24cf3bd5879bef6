"""The certificate on paper: A4, bronze frame, a QR that leads to its verification, an empty box for the seal."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from certification.applications.rules import SMALL_CELL
from certification.certificates.models import Certificate
from marketplace.kernel.money import format_yuan
from marketplace.kernel.pdf import BRONZE, INK, MUTED, RED, Paper

_KEPT = 64
_SIDE = 26.0


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on the paper besides the frozen facts. ``household`` is a name, only with a live consent; ``mark`` is
    演示数据 in the demo."""

    verify_url: str
    issuer: str
    issued_in_words: str
    household: str = ""
    mark: str = ""


def certificate_pdf(certificate: Certificate, printed: Printed) -> bytes:
    """The same bytes for the same version; the last few are kept, for drawing one takes a moment."""
    return _draw(
        certificate.number,
        certificate.version,
        certificate.issued_at,
        f"{certificate.valid_from:%Y.%m.%d}–{certificate.valid_until:%Y.%m.%d}",
        _rows(certificate.facts, printed.household),
        _sentence(certificate.facts),
        printed,
    )


def _sentence(facts: dict[str, Any]) -> str:
    sponsor = f"（由{facts['sponsor']}担保并作为销售主体）" if facts.get("sponsor") else ""
    return (
        "经村级确认、镇办初审、县级复审并公示五个工作日无异议，市级审定，"
        f"认定{facts['applicant']}{sponsor}在{facts['origin']}生产的“{facts['product']}”为扶贫产品。"
    )


def _rows(facts: dict[str, Any], household: str) -> tuple[tuple[str, str], ...]:
    few = (facts.get("households") or 0) < SMALL_CELL
    promised = facts.get("promised_income_fen")
    price = facts.get("price_fen")
    rows = [
        ("产品", f"{facts['product']}（{facts.get('category') or '—'}）"),
        ("规格", facts.get("package") or "—"),
        ("品种等级", " · ".join(filter(None, (facts.get("variety"), facts.get("grade")))) or "—"),
        ("执行标准", facts.get("standard") or "—"),
        ("产地", facts.get("origin") or "—"),
        ("申报价", f"{format_yuan(price)} / {facts.get('unit')}" if price else "—"),
        ("联结农户", f"{facts.get('households') or facts.get('promised_households') or '—'} 户"),
        ("年承诺增收", "不足 5 户，不公开总额" if few else format_yuan(promised) if promised else "—"),
        ("联结方式", "；".join(facts.get("terms") or []) or "—"),
    ]
    if household:
        rows.append(("增收示范户", f"{household}（本人同意公开）"))
    return tuple(rows)


@lru_cache(maxsize=_KEPT)
def _draw(
    number: str,
    version: int,
    issued_at: datetime,
    validity: str,
    rows: tuple[tuple[str, str], ...],
    sentence: str,
    printed: Printed,
) -> bytes:
    paper = Paper(f"扶贫产品认定证书 {number}", issued_at, mark=printed.mark)
    width, height = paper.width, paper.height
    paper.frame(12, 14, width - 24, height - 28, BRONZE, line=0.9)
    paper.frame(14.5, 16.5, width - 29, height - 33, BRONZE, line=0.3)
    paper.text("扶贫产品认定证书", size=30, colour=BRONZE, y=32, align="C")
    paper.text(f"{number} · 第 {version} 版", size=12, colour=BRONZE, y=52, align="C")
    below = paper.text("　　" + sentence, size=14, x=28, y=68, width=width - 56, line=1.9) + 6
    for label, value in (*rows, ("有效期", validity)):
        paper.text(label, size=11, colour=BRONZE, x=28, y=below, width=28)
        below = paper.text(value, size=11, x=56, y=below, width=width - 84) + 1.6
    _foot(paper, printed)
    return paper.bytes()


def _foot(paper: Paper, printed: Printed) -> None:
    top = paper.height - 64
    paper.qr(printed.verify_url, 28, top, _SIDE)
    paper.text("扫码看真假", size=9, colour=MUTED, x=28, y=top + _SIDE + 1.5, width=60)
    right = paper.width - 28 - 80
    paper.text(printed.issuer, size=12, colour=INK, x=right, y=top + 8, width=80, align="R")
    paper.text(printed.issued_in_words, size=12, x=right, y=top + 16, width=80, align="R")
    paper.frame(paper.width - 28 - 34, top - 4, 34, 34, RED, dashed=True)
    paper.text("盖章处", size=8, colour=RED, x=paper.width - 28 - 34, y=top - 2, width=34, align="C")
