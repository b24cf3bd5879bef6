"""Sets of places in a list, written as the bits of one number: ``&`` and ``|`` of ten thousand take a microsecond."""

from collections.abc import Collection, Iterator
from struct import iter_unpack


def bits_of(places: Collection[int]) -> int:
    """The number whose bits at these places are set."""
    packed = bytearray(max(places, default=0) // 8 + 1)
    for place in places:
        packed[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(packed, "little")


def places_of(bits: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    length = -(-bits.bit_length() // 64) * 8
    # word by word: of a long number every single step would go through all of it
    for number, (word,) in enumerate(iter_unpack("<Q", bits.to_bytes(length, "little"))):
        rest = word
        while rest:
            lowest = rest & -rest
            yield number * 64 + lowest.bit_length() - 1
            rest ^= lowest
