"""What the system looked at for the reviewer: facts with a tone, never a verdict."""

from collections.abc import Sequence
from typing import Any

from catalog.products.parameters import PLATFORM_FEE_BP
from certification.applications.models import Application
from certification.applications.queries import EvidenceRow
from certification.applications.rules import REQUIRED_EVIDENCE, ConfirmationAnswer, PriceCheck
from certification.linkage.rules import LinkageMode, SaleTerms, ceiling_price_fen, projected_income_fen
from certification.reviews.queries import HouseholdRow, doubly_linked
from marketplace.kernel import clock
from marketplace.kernel.money import basis_points, format_yuan
from marketplace.parties.paper_queries import PaperFacts
from marketplace.parties.queries import SupplierFacts
from marketplace.presentation import MoneyPart, date_cn, mask_name


def system_checks(
    application: Application,
    price: PriceCheck,
    households: Sequence[HouseholdRow],
    evidence: Sequence[EvidenceRow],
    seller: SupplierFacts,
    papers: Sequence[PaperFacts],
) -> list[dict[str, str]]:
    """What needs eyes first, then what is in order; ``papers`` are the seller's."""
    rows = [
        _price(application, price),
        _elsewhere(doubly_linked(application)),
        _standing(seller, papers),
        _quality(evidence),
        _confirmed(households),
    ]
    return sorted(rows, key=lambda row: row["tone"] == "ok")


def _price(application: Application, price: PriceCheck) -> dict[str, str]:
    if price.price_fen is None or price.median_fen is None:
        return {"tone": "q", "title": "价格没有可比的", "text": "没有同类同等级的证书，也没有参考价格。"}
    told = f"申报 {format_yuan(price.price_fen)}，同类同等级中位 {format_yuan(price.median_fen)}（{price.count} 条）。"
    if not price.needs_reason:
        return {"tone": "ok", "title": "价格公道", "text": told}
    reason = f"申请人说：{application.price_reason}" if application.price_reason else ""
    return {"tone": "q", "title": f"价格高出同类 {price.above_percent}%", "text": told + reason}


def _elsewhere(rows: Sequence[HouseholdRow]) -> dict[str, str]:
    if not rows:
        return {"tone": "ok", "title": "联结不重复", "text": "没有农户同时在别的协议里"}
    named = "、".join(f"{row.village} {mask_name(row.head_name)}" for row in rows[:3])
    more = " 等" if len(rows) > 3 else ""
    return {
        "tone": "q",
        "title": f"{len(rows)} 户同时在另一份协议里",
        "text": f"{named}{more}。两份都可以有，请问一下。",
    }


def _standing(seller: SupplierFacts, papers: Sequence[PaperFacts]) -> dict[str, str]:
    today = clock.today()
    expired = [paper for paper in papers if paper.expires_on and paper.expires_on < today]
    if expired or seller.uscc is None:
        return {"tone": "no", "title": "主体资格", "text": f"{seller.name} 有证照过期或没有信用代码"}
    dates = [paper.expires_on for paper in papers if paper.expires_on]
    until = f"最早{date_cn(min(dates))}到期" if dates else ""
    return {
        "tone": "ok",
        "title": "主体资格",
        "text": f"{seller.name} 信用代码校验位对，证照在有效期内",
        "note": until,
    }


def _quality(evidence: Sequence[EvidenceRow]) -> dict[str, str]:
    kinds = {row.kind for row in evidence}
    if set(REQUIRED_EVIDENCE) <= kinds:
        return {"tone": "ok", "title": "质量安全", "text": "检测报告、承诺达标合格证都有，请核对内容"}
    return {"tone": "no", "title": "质量安全", "text": "材料不齐"}


def _confirmed(households: Sequence[HouseholdRow]) -> dict[str, str]:
    good = sum(row.answer is ConfirmationAnswer.CONFIRMED for row in households)
    refused = sum(row.answer is ConfirmationAnswer.REFUSED for row in households)
    told = {"title": "利益联结", "note": f"{good} / {len(households)}"}
    if refused:
        return {**told, "tone": "no", "text": f"{refused} 户村里没有确认"}
    if good < len(households):
        return {**told, "tone": "q", "text": f"{len(households) - good} 户还在等村里确认"}
    return {**told, "tone": "ok", "text": "村干部已逐户确认"}


def money_parts(terms: SaleTerms | None, price_fen: int | None) -> dict[str, Any] | None:
    """钱去了哪儿 at the declared price; None where nothing can be computed before the first lot."""
    if terms is None or not price_fen:
        return None
    home = projected_income_fen(terms, price_fen, None)
    fee = basis_points(price_fen, PLATFORM_FEE_BP.get())
    rest = price_fen - home - fee
    if not home or rest < 0:
        return None
    parts = [
        MoneyPart("home", "农户", home),
        MoneyPart("coop", "供应商", rest),
        MoneyPart("plat", "平台", fee),
    ]
    buys = terms.term(LinkageMode.PURCHASE) is not None
    ceiling = ceiling_price_fen(terms, PLATFORM_FEE_BP.get())
    return {
        "parts": parts,
        "total": price_fen,
        "note": "收购款按每批约定另付，从供应商这一段里出。" if buys else None,
        "over_ceiling": ceiling is not None and price_fen > ceiling,
    }
