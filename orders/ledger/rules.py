"""Pure rules of orders.ledger."""

from enum import StrEnum


class EntryKind(StrEnum):
    SALE = "sale"
    CONFIRM = "confirm"
    REFUND = "refund"
    DISBURSE = "disburse"
    BOUNCE = "bounce"
    ACKNOWLEDGE = "acknowledge"
    STRAY_MONEY = "stray_money"
    STRAY_RETURN = "stray_return"
    CORRECTION = "correction"


class IncomeState(StrEnum):
    """Posted states of household income; ``projected`` is computed and never posted."""

    ACCRUED = "accrued"
    CONFIRMED = "confirmed"
    DISBURSED = "disbursed"
    ACKNOWLEDGED = "acknowledged"
    REVERSED_AFTER_PAYOUT = "reversed_after_payout"
