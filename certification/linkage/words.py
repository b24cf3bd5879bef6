"""What modes, states and papers of linkage are called on screens."""

from collections.abc import Mapping

from certification.linkage.rules import LinkageMode, ScanKind
from certification.linkage.workflow import SheetState

MODE_WORDS: Mapping[LinkageMode, str] = {
    LinkageMode.PURCHASE: "订单收购",
    LinkageMode.OWN: "示范户自产",
    LinkageMode.TRUSTEESHIP: "产业托管",
    LinkageMode.LABOUR: "劳务用工",
    LinkageMode.DIVIDEND: "股份分红",
    LinkageMode.RENT: "土地流转",
}
SCAN_WORDS: Mapping[ScanKind, str] = {
    ScanKind.AGREEMENT: "整份协议",
    ScanKind.PARTY_BRANCH: "党支部签字页",
    ScanKind.LEADING_ENTERPRISE: "龙头企业签字页",
    ScanKind.HOUSEHOLD: "农户签字页",
}
#: word and tone
SHEET_WORDS: Mapping[SheetState, tuple[str, str]] = {
    SheetState.DRAFT: ("草稿", "info"),
    SheetState.SUBMITTED: ("等村里确认", "warn"),
    SheetState.RETURNED: ("村里退回", "danger"),
    SheetState.CLOSED: ("已确认", "done"),
}
