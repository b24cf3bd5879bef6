"""What an agreement brings one household, in words without terms of the trade: for the household itself at home, and
for the village official who asks it at the gate. A certificate says the same in ``rules.terms_in_words``."""

from collections.abc import Sequence
from dataclasses import dataclass

from certification.linkage.rules import LinkageMode, Member, SaleTerms, Term, split_income

#: amounts are reckoned on this many sold units: of one, a household's part is often less than a fen
UNITS = 100


@dataclass(frozen=True, slots=True)
class Promise:
    """One mode for one household. ``hundred_fen``: what it gets of ``UNITS`` units sold at the declared price; None
    where that can't be said before goods are brought or hours worked."""

    name: str
    text: str
    hundred_fen: int | None = None

    @property
    def each_yuan(self) -> str:
        """What one sold unit brings it, ``"0.40"``; empty where unknown, or under a fen."""
        fen = (self.hundred_fen or 0) // UNITS
        return f"{fen // 100}.{fen % 100:02d}" if fen else ""


def promises_to(
    agreed: SaleTerms, household_id: int, unit: str, price_fen: int | None, who: str = "这一户"
) -> list[Promise]:
    """What ``agreed`` brings this household, a line a mode in the agreement's order. ``unit`` (斤, 盒) is the one
    ``price_fen`` is for; ``who`` is what the household is called in the text."""
    member = next(
        (each for each in agreed.members if each.household_id == household_id), Member(household_id, 0)
    )
    brings: dict[LinkageMode, int] = {}
    if price_fen:
        for row in split_income(agreed, price_fen * UNITS, UNITS, ()):
            if row.household_id == household_id:
                brings[row.mode] = brings.get(row.mode, 0) + row.fen
    unit = unit or "份"
    return [
        Promise(*_words(term, agreed, member, unit, who), hundred_fen=brings.get(term.mode))
        for term in agreed.terms
    ]


def _words(term: Term, agreed: SaleTerms, member: Member, unit: str, who: str) -> tuple[str, str]:
    match term.mode:
        case LinkageMode.PURCHASE:
            return "收购", f"{who}送来的货，按过秤那天说好的总价付钱，一批一批算清。"
        case LinkageMode.OWN:
            fee = f"，每{unit}扣 {_yuan(term.sponsor_fee_fen)} 元代办费" if term.sponsor_fee_fen else ""
            return "自己种、自己卖", f"卖得的钱归{who}{fee}。"
        case LinkageMode.LABOUR:
            paid = f"每卖一{unit}拿出 {_yuan(term.unit_fen)} 元工钱，按村里确认的工时，分给干活的人家。"
            return "干活的工钱", paid + _hours(agreed, member.household_id, who)
        case LinkageMode.TRUSTEESHIP:
            return "托管分钱", _part(term, agreed.members, member, who)
        case LinkageMode.DIVIDEND:
            return "入股分红", _part(term, agreed.members, member, who)
        case LinkageMode.RENT:
            return "租地的钱", _part(term, agreed.members, member, who)


def _part(term: Term, members: Sequence[Member], member: Member, who: str) -> str:
    """A share of net and the household's weight in it."""
    every = sum(each.weight(term.mode) for each in members)
    own = member.weight(term.mode)
    measure, by = ("亩", "按租出的亩数分") if term.mode is LinkageMode.RENT else ("股", "按股分")
    lead = f"卖得的钱拿出 {term.share_bp / 100:g}%，{by}。"
    if not own:
        return f"{lead}{who}没有{measure}数，这一份不分。"
    scale = 100 if term.mode is LinkageMode.RENT else 1
    return f"{lead}{who} {own / scale:g} {measure}，大伙一共 {every / scale:g} {measure}。"


def _hours(agreed: SaleTerms, household_id: int, who: str) -> str:
    if not agreed.worked:
        return "还没有确认过的工时。"
    every = sum(each.minutes for each in agreed.worked)
    own = sum(each.minutes for each in agreed.worked if each.household_id == household_id)
    return f"最近一张工时表：{who} {own / 60:g} 小时，大伙一共 {every / 60:g} 小时。"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
