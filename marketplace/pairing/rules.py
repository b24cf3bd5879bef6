"""Arrangements of pairing support, and which of them a purchase counts to."""

from enum import StrEnum


class PairingKind(StrEnum):
    CITY = "city"
    COUNTY = "county"
    JIANGSU_SHAANXI = "jiangsu_shaanxi"
    ENTERPRISES = "enterprises"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    PairingKind.CITY: "市级包扶",
    PairingKind.COUNTY: "区县包扶",
    PairingKind.JIANGSU_SHAANXI: "苏陕协作",
    PairingKind.ENTERPRISES: "万企帮万村",
}
