"""Pure rules of orders.ordering."""

from enum import StrEnum


class PaymentMethod(StrEnum):
    ONLINE = "online"
    TRANSFER = "transfer"
