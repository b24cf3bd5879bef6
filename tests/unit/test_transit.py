"""When a parcel may be expected: a range, from data."""

from datetime import date

import pytest

from orders.fulfilment.transit import Arrival, arrival, transit_days

PAID = date(2026, 12, 30)


@pytest.mark.parametrize(
    ("region", "hours", "expected"),
    [
        ("610000000000", 48, Arrival(date(2026, 12, 31), date(2027, 1, 3))),
        ("610113000000", 24, Arrival(date(2026, 12, 31), date(2027, 1, 2))),
        ("610000000000", 25, Arrival(date(2026, 12, 31), date(2027, 1, 3))),
        ("650000000000", 48, Arrival(date(2027, 1, 4), date(2027, 1, 10))),
        ("990000000000", 48, None),
    ],
)
def test_arrival(region: str, hours: int, expected: Arrival | None) -> None:
    assert arrival(region, PAID, hours) == expected


def test_every_province_has_days_in_order() -> None:
    assert len(transit_days()) == 31
    assert all(0 < each.least <= each.most for each in transit_days().values())
