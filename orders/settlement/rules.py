"""Pure rules of settlement."""

from collections.abc import Collection
from datetime import date, timedelta

from marketplace.kernel.errors import InvalidInput

#: a voucher older than this is surely a slip of the pen
OLDEST_VOUCHER = timedelta(days=366)


def check_payment(paid_on: date, voucher_number: str, today: date) -> None:
    """Raises InvalidInput at the field that can't be."""
    check_paid_on(paid_on, today)
    if not 1 <= len(voucher_number) <= 60:
        raise InvalidInput("settlement.voucher_number", field="voucher_number")


def check_paid_on(paid_on: date, today: date) -> None:
    """Raises InvalidInput."""
    if paid_on > today:
        raise InvalidInput("settlement.paid_in_future", field="paid_on")
    if paid_on < today - OLDEST_VOUCHER:
        raise InvalidInput("settlement.paid_too_early", field="paid_on")


def may_acknowledge(
    *,
    household_id: int,
    village_code: str,
    paying_supplier_ids: Collection[int],
    actor_household_ids: Collection[int],
    actor_regions: Collection[str],
    actor_supplier_ids: Collection[int],
) -> bool:
    """The household itself may, or an official of its very village who belongs to none of the paying parties.

    ``paying_supplier_ids``: the supplier and, for a pilot household, its sponsor. An official of the town or county
    does not: only the village knows whether the money came.
    """
    if household_id in actor_household_ids:
        return True
    return village_code in actor_regions and not set(paying_supplier_ids) & set(actor_supplier_ids)
