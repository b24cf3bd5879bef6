"""Pure rules of certification.linkage."""

from enum import StrEnum


class LinkageMode(StrEnum):
    PURCHASE = "purchase"
    OWN = "own"
    DIVIDEND = "dividend"


class IncomeKind(StrEnum):
    """经营性 / 工资性 / 资产性"""

    OPERATING = "operating"
    WAGE = "wage"
    PROPERTY = "property"


class LotPayment(StrEnum):
    BOUGHT = "bought"
    CONSIGNED = "consigned"
