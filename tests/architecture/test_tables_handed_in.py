"""Every table people hand in, and how what is written of it is bound to what they saw."""

import re

from tests.support.sources import PACKAGES, files, name, text

#: shown first, written only as it was seen: the confirmation quotes the plan's fingerprint
SHOWN_FIRST = {
    "catalog/products/imports.py",
    "marketplace/outlets/imports.py",
    "marketplace/pairing/imports.py",
    "marketplace/parties/household_imports.py",
}
#: written when it is handed in: there is no page in between for anything to differ from. Each is refused with every bad
#: cell named, and handing it in again changes nothing
AT_ONCE = {
    "orders/fulfilment/bulk_shipping.py": "each row with a number ships its order; a shipped one is refused by its row",
    "orders/fulfilment/tracking.py": "whole or not at all; a sighting that is known is passed by",
    "orders/payments/receipts.py": "whole or not at all; a bank's serial number is taken once",
    "supplier_portal/certification/sheet_forms.py": "fills a draft that its own page shows before it is submitted",
}


def test_whatever_is_shown_first_is_written_as_it_was_seen() -> None:
    reading = {name(path): text(path) for path in files("*.py", *PACKAGES) if "read_sheet(" in text(path)}
    reading.pop("marketplace/kernel/spreadsheets.py")
    assert set(reading) == SHOWN_FIRST | set(AT_ONCE)
    planning = {each for each, source in reading.items() if "ImportPlan" in source}
    assert planning == SHOWN_FIRST
    unbound = {each for each in planning if not re.search(r"\.require_clean\(seen\)", reading[each])}
    assert unbound == set()
