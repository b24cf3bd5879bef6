"""Kinds of suppliers and papers, numbers with check digits, how personal numbers are masked. Pure."""

import re
from datetime import date
from enum import StrEnum

from stdnum.cn import ric, uscc

from marketplace.kernel.errors import InvalidInput


class SupplierKind(StrEnum):
    COOPERATIVE = "cooperative"
    LEADING_ENTERPRISE = "leading_enterprise"
    FAMILY_FARM = "family_farm"
    PILOT_HOUSEHOLD = "pilot_household"
    VILLAGE_COLLECTIVE = "village_collective"
    COMMUNITY_WORKSHOP = "community_workshop"
    RURAL_TOURISM = "rural_tourism"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


class PaperKind(StrEnum):
    BUSINESS_LICENCE = "business_licence"
    PRODUCTION_PERMIT = "production_permit"
    TEST_REPORT = "test_report"
    CONFORMITY_PLEDGE = "conformity_pledge"
    SPONSOR_AGREEMENT = "sponsor_agreement"
    FOOD_PERMIT = "food_permit"
    FARM_RECORD = "farm_record"
    LEADING_TITLE = "leading_title"
    COLLECTIVE_CERTIFICATE = "collective_certificate"
    WORKSHOP_TITLE = "workshop_title"
    LODGING_PERMIT = "lodging_permit"
    FIRE_SAFETY = "fire_safety"
    MEMBER_LIST = "member_list"
    LAND_PAPER = "land_paper"
    HEALTH_CERTIFICATE = "health_certificate"
    BANK_PROOF = "bank_proof"

    @property
    def label(self) -> str:
        return _PAPER_LABELS[self]


class RequirementState(StrEnum):
    """What somebody said about a requirement of admission: ``attested`` by the supplier, ``verified`` by who examined
    it, ``sent_back`` with what to mend, ``waived`` with a reason. What the system sees by itself is never stored."""

    ATTESTED = "attested"
    VERIFIED = "verified"
    SENT_BACK = "sent_back"
    WAIVED = "waived"


class ConsentPurpose(StrEnum):
    """What a household allowed: each for itself, each to be withdrawn."""

    STORY = "story"
    PICTURE = "picture"
    NAME_ON_CERTIFICATE = "name_on_certificate"

    @property
    def label(self) -> str:
        return _CONSENT_LABELS[self]


_CONSENT_LABELS = {
    ConsentPurpose.STORY: "把这户的增收故事登在页面上",
    ConsentPurpose.PICTURE: "使用这户的照片",
    ConsentPurpose.NAME_ON_CERTIFICATE: "认定证书上写户主姓名",
}


class UnitKind(StrEnum):
    """What a partner unit is."""

    GOVERNMENT = "government"
    STATE_ENTERPRISE = "state_enterprise"
    ENTERPRISE = "enterprise"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    UNION = "union"
    SOCIAL = "social"

    @property
    def label(self) -> str:
        return _UNIT_LABELS[self]


_UNIT_LABELS = {
    UnitKind.GOVERNMENT: "党政机关、事业单位",
    UnitKind.STATE_ENTERPRISE: "国有企业",
    UnitKind.ENTERPRISE: "民营企业",
    UnitKind.SCHOOL: "学校",
    UnitKind.HOSPITAL: "医院",
    UnitKind.UNION: "工会",
    UnitKind.SOCIAL: "社会组织",
}


class HouseholdStatus(StrEnum):
    """在册 / 脱贫 / 监测 / 边缘 / 一般"""

    REGISTERED = "registered"
    LIFTED = "lifted"
    MONITORED = "monitored"
    MARGINAL = "marginal"
    GENERAL = "general"

    @property
    def label(self) -> str:
        return _STATUS_LABELS[self]


_KIND_LABELS = {
    SupplierKind.COOPERATIVE: "农民专业合作社",
    SupplierKind.LEADING_ENTERPRISE: "龙头企业",
    SupplierKind.FAMILY_FARM: "家庭农场",
    SupplierKind.PILOT_HOUSEHOLD: "增收示范户",
    SupplierKind.VILLAGE_COLLECTIVE: "村集体经济组织",
    SupplierKind.COMMUNITY_WORKSHOP: "社区工厂",
    SupplierKind.RURAL_TOURISM: "乡村旅游经营者",
}
_PAPER_LABELS = {
    PaperKind.BUSINESS_LICENCE: "营业执照或登记证",
    PaperKind.PRODUCTION_PERMIT: "生产许可证（SC）或小作坊登记",
    PaperKind.TEST_REPORT: "检测报告",
    PaperKind.CONFORMITY_PLEDGE: "承诺达标合格证",
    PaperKind.SPONSOR_AGREEMENT: "代申报协议",
    PaperKind.FOOD_PERMIT: "食品经营许可证",
    PaperKind.FARM_RECORD: "家庭农场名录证明",
    PaperKind.LEADING_TITLE: "龙头企业认定文件",
    PaperKind.COLLECTIVE_CERTIFICATE: "农村集体经济组织登记证",
    PaperKind.WORKSHOP_TITLE: "社区工厂（帮扶车间）认定文件",
    PaperKind.LODGING_PERMIT: "特种行业许可证（住宿）",
    PaperKind.FIRE_SAFETY: "消防安全检查意见",
    PaperKind.MEMBER_LIST: "成员名册",
    PaperKind.LAND_PAPER: "土地承包或流转证明",
    PaperKind.HEALTH_CERTIFICATE: "从业人员健康证",
    PaperKind.BANK_PROOF: "开户许可证或银行账户证明",
}
_STATUS_LABELS = {
    HouseholdStatus.REGISTERED: "在册",
    HouseholdStatus.LIFTED: "脱贫",
    HouseholdStatus.MONITORED: "监测",
    HouseholdStatus.MARGINAL: "边缘",
    HouseholdStatus.GENERAL: "一般",
}

#: who may vouch for a pilot household without a licence and be the legal seller (代申报)
SPONSOR_KINDS = frozenset({SupplierKind.COOPERATIVE, SupplierKind.VILLAGE_COLLECTIVE})
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(rf"[{_SIGNS}]{{2}}[0-9]{{6}}[{_SIGNS}]{{10}}")
_ID_NUMBER = re.compile(r"[1-8][0-9]{16}[0-9X]")
_BANK_ACCOUNT = re.compile(r"[0-9]{8,30}")
MAX_AGE_YEARS = 150


def compact(text: str) -> str:
    """Capital letters without the blanks and dashes people group numbers with."""
    return "".join(sign for sign in text if sign not in " -\t\u3000").upper()


def check_uscc(text: str) -> str:
    """The 统一社会信用代码 in its 18 signs, check digit verified by GB 32100-2015.

    The registering authority and the kind of body may be letters: village collectives carry N2…, N3… (agriculture
    offices), which the common validators refuse. Raises InvalidInput at ``uscc``.
    """
    number = compact(text)
    if len(number) != 18:
        raise InvalidInput("parties.uscc_length", field="uscc")
    if not _USCC.fullmatch(number):
        raise InvalidInput("parties.uscc_signs", field="uscc")
    if number[-1] != uscc.calc_check_digit(number[:17]):
        raise InvalidInput("parties.uscc_check", field="uscc")
    return number


def check_id_number(text: str, today: date) -> str:
    """A resident's identity number, 18 signs with the check digit of GB 11643 and a possible birthday.

    The place digits are not held against a table: counties are renumbered (高陵 610117 and 鄠邑 610118 are newer than
    most tables) and a number outlives its county. Raises InvalidInput at ``id_number``.
    """
    number = compact(text)
    if not _ID_NUMBER.fullmatch(number):
        raise InvalidInput("parties.id_form", field="id_number")
    if number[-1] != ric.calc_check_digit(number):
        raise InvalidInput("parties.id_check", field="id_number")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidInput("parties.id_birthday", field="id_number") from None
    if not today.year - MAX_AGE_YEARS <= born.year or born > today:
        raise InvalidInput("parties.id_birthday", field="id_number")
    return number


def check_bank_account(text: str) -> str:
    """Digits of a bank account, 8 to 30; raises InvalidInput at ``bank_account``."""
    number = compact(text)
    if not _BANK_ACCOUNT.fullmatch(number):
        raise InvalidInput("parties.bank_account", field="bank_account")
    return number


def mask_id_number(number: str) -> str:
    """6101**********1234."""
    return f"{number[:4]}{'*' * 10}{number[-4:]}"


def mask_account(number: str | None) -> str:
    """**** 1234: enough to tell two accounts apart."""
    return f"**** {number[-4:]}" if number else ""
