"""The form of a linkage agreement: every mode explains itself with what one box at 68 yuan would bring."""

from collections.abc import Mapping

from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from certification.linkage.commands import AgreementFacts
from certification.linkage.rules import (
    LinkageMode,
    Member,
    SaleTerms,
    ScanKind,
    Term,
    projected_income_fen,
)
from certification.linkage.words import SCAN_WORDS
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import CleanStringField, Form, NameField, YuanField, choices_of
from marketplace.kernel.money import format_yuan

EXAMPLE_FEN = 6_800
EXAMPLE_LOT = (120_000, 50)


class AgreementForm(Form):
    product_id = SelectField("产品", coerce=int)
    purchase = BooleanField("收购：按每批约定的总价付给送货的农户")
    own = BooleanField("示范户自产：卖得的钱归农户，担保主体只收代办费")
    sponsor_fee_fen = YuanField("每份代办费", [Optional()])
    trusteeship = BooleanField("产业托管：农户把地或果树交给你们管，按净销售额的比例分给农户")
    trusteeship_percent = CleanStringField("托管分成比例", [Optional(), Length(max=6)])
    labour = BooleanField("劳务用工：每卖一份付固定的工钱，按工时分给出工的农户")
    unit_fen = YuanField("每份工钱", [Optional()])
    dividend = BooleanField("股份分红：按净销售额的比例分给农户")
    share_percent = CleanStringField("分红比例", [Optional(), Length(max=6)])
    rent = BooleanField("土地流转：按净销售额的比例，照流转的亩数分给农户")
    rent_percent = CleanStringField("流转分成比例", [Optional(), Length(max=6)])
    starts_on = DateField("开始日", [InputRequired("请填开始日")])
    ends_on = DateField("到期日", [InputRequired("请填到期日")])
    party_branch = NameField("党支部", [Optional(), Length(max=80)])
    leading_enterprise_id = SelectField("已入驻的龙头企业", coerce=int, default=0)
    leading_enterprise = NameField("龙头企业", [Optional(), Length(max=80)])
    members = CleanStringField("联结农户")
    document = FileField("协议签字件")

    def facts(self, sent: MultiDict[str, str]) -> AgreementFacts:
        """Raises InvalidInput at a field. Households come as ``household`` with ``shares_<id>`` and ``mu_<id>``."""
        return AgreementFacts(
            terms=tuple(self._terms()),
            members=tuple(
                Member(
                    int(each),
                    _shares(sent.get(f"shares_{each}", "1")),
                    _hundredths(sent.get(f"mu_{each}", "")),
                )
                for each in sent.getlist("household")
                if _is_id(each)
            ),
            starts_on=self.starts_on.data or clock.today(),
            ends_on=self.ends_on.data or clock.today(),
            party_branch=self.party_branch.data or "",
            leading_enterprise=self.leading_enterprise.data or "",
            leading_enterprise_id=self.leading_enterprise_id.data or None,
        )

    def _terms(self) -> list[Term]:
        terms = []
        if self.purchase.data:
            terms.append(Term(LinkageMode.PURCHASE))
        if self.own.data:
            terms.append(Term(LinkageMode.OWN, sponsor_fee_fen=self.sponsor_fee_fen.data or 0))
        if self.trusteeship.data:
            terms.append(Term(LinkageMode.TRUSTEESHIP, self._share("trusteeship_percent")))
        if self.labour.data:
            terms.append(Term(LinkageMode.LABOUR, unit_fen=self.unit_fen.data or 0))
        if self.dividend.data:
            terms.append(Term(LinkageMode.DIVIDEND, self._share("share_percent")))
        if self.rent.data:
            terms.append(Term(LinkageMode.RENT, self._share("rent_percent")))
        return terms

    def _share(self, name: str) -> int:
        return _basis_points(self[name].data or "", name)

    def examples(self) -> Mapping[str, str]:
        """What a box at 68 yuan would bring, by mode, with the figure typed so far or a usual one."""
        terms = {
            LinkageMode.PURCHASE: Term(LinkageMode.PURCHASE),
            LinkageMode.OWN: Term(LinkageMode.OWN, sponsor_fee_fen=self._typed_fen("sponsor_fee_fen", 500)),
            LinkageMode.TRUSTEESHIP: Term(
                LinkageMode.TRUSTEESHIP, self._typed_bp("trusteeship_percent", 2500)
            ),
            LinkageMode.LABOUR: Term(LinkageMode.LABOUR, unit_fen=self._typed_fen("unit_fen", 300)),
            LinkageMode.DIVIDEND: Term(LinkageMode.DIVIDEND, self._typed_bp("share_percent", 1000)),
            LinkageMode.RENT: Term(LinkageMode.RENT, self._typed_bp("rent_percent", 500)),
        }
        return {mode.value: _example(term) for mode, term in terms.items()}

    def _typed_fen(self, name: str, usual: int) -> int:
        typed = self[name].data
        return typed if isinstance(typed, int) and 0 <= typed <= EXAMPLE_FEN else usual

    def _typed_bp(self, name: str, usual: int) -> int:
        try:
            typed = _basis_points(self[name].data or "", name)
        except InvalidInput:
            return usual
        return typed if 1 <= typed <= 9_000 else usual


def _example(term: Term) -> str:
    terms = SaleTerms(0, (term,), (Member(0, 1, 100),))
    bought = term.mode is LinkageMode.PURCHASE
    home = format_yuan(projected_income_fen(terms, EXAMPLE_FEN, EXAMPLE_LOT if bought else None))
    price = format_yuan(EXAMPLE_FEN)
    how = {
        LinkageMode.PURCHASE: "这一批说定 1,200 元、装 50 箱；卖多少钱、有没有优惠都不变",
        LinkageMode.OWN: f"{price} 减去代办费 {format_yuan(term.sponsor_fee_fen)}",
        LinkageMode.TRUSTEESHIP: f"{price} 的 {term.share_bp / 100:g}%，几户按股数分",
        LinkageMode.LABOUR: "不管卖多少钱都是这个数，出工的几户按工时分",
        LinkageMode.DIVIDEND: f"{price} 的 {term.share_bp / 100:g}%，几户按股数分",
        LinkageMode.RENT: f"{price} 的 {term.share_bp / 100:g}%，几户按亩数分",
    }[term.mode]
    return f"例如卖一箱 {price} → 农户得 {home}（{how}）"


class AmendForm(AgreementForm):
    reason = TextAreaField("为什么改", [InputRequired("请写明为什么改，村里确认时要看"), Length(max=300)])


class ScanForm(Form):
    kind = SelectField("哪一页", choices=choices_of((kind.value, word) for kind, word in SCAN_WORDS.items()))
    household_id = SelectField("哪一户", coerce=int, default=0)
    file = FileField("文件")

    def scan_kind(self) -> ScanKind:
        return ScanKind(self.kind.data)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _shares(text: str) -> int:
    text = text.strip() or "0"
    if not _is_id(text):
        raise InvalidInput("linkage.bad_shares", field="members")
    return int(text)


def _hundredths(text: str) -> int:
    """``"3.25"`` mu → 325."""
    whole, _, fraction = (text.strip() or "0").partition(".")
    if not _is_id(whole) or (fraction and (not _is_id(fraction) or len(fraction) > 2)):
        raise InvalidInput("linkage.no_mu", field="members")
    return int(whole) * 100 + int(fraction.ljust(2, "0") or 0)


def _basis_points(text: str, field: str) -> int:
    """``"12.5"`` percent → 1250. Raises InvalidInput at the field."""
    whole, _, fraction = text.strip().removesuffix("%").partition(".")
    if not _is_id(whole) or (fraction and (not _is_id(fraction) or len(fraction) > 2)):
        raise InvalidInput("linkage.bad_share", field=field)
    return int(whole) * 100 + int(fraction.ljust(2, "0") or 0)
