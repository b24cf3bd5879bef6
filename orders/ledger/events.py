"""What the ledger tells those above it, in the transaction that posts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntriesPosted:
    """Entries that are new in the books. ``sold`` names the partner units' orders whose sale is among them; others of
    the same entries may stand beside them."""

    entry_ids: tuple[int, ...]
    sold: tuple[int, ...] = ()
