"""What a 12-digit division code says, and what it does not.

A code is province 2 + city 2 + county 2 + town 3 + village 3 digits, padded with zeros on the right (GB/T 2260 and the
statistics bureau's 统计用区划代码). The level can't be read off the code: 商洛市 is 611000000000, so a zero may belong
to the prefix; and 东莞 has towns directly below the city, so a town's county digits may be ``00``. The level is stored
beside the code, and zeros are never stripped.
"""

from enum import StrEnum

NATION_CODE = "000000000000"
CODE_LENGTH = 12

#: city-level rows that exist only to hold the tree together; nobody writes them in an address
PLACEHOLDER_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


class RegionLevel(StrEnum):
    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"

    @property
    def prefix_length(self) -> int:
        """How many leading digits of a code name a region of this level (0 for the nation)."""
        return _PREFIX_LENGTHS[self]

    @property
    def rank(self) -> int:
        """0 for the nation … 5 for a village. Children may skip a rank (东莞: city → town)."""
        return _RANKS[self]


_PREFIX_LENGTHS = {
    RegionLevel.NATION: 0,
    RegionLevel.PROVINCE: 2,
    RegionLevel.CITY: 4,
    RegionLevel.COUNTY: 6,
    RegionLevel.TOWN: 9,
    RegionLevel.VILLAGE: 12,
}
_RANKS = {level: rank for rank, level in enumerate(RegionLevel)}


def is_code(text: object) -> bool:
    """Whether this has the form of a division code: exactly twelve ASCII digits."""
    return isinstance(text, str) and len(text) == CODE_LENGTH and text.isascii() and text.isdigit()


def scope_prefix(code: str, level: RegionLevel) -> str:
    """The digits every code within the region begins with; ``""`` for the nation.

    Raises ValueError for a code that is not one of this level: cutting a county's code as if it were a city's would
    silently hand its official the whole city.
    """
    length = level.prefix_length
    if not is_code(code) or code[length:].strip("0"):
        raise ValueError(f"{code!r} is not the code of a {level.value}")
    return code[:length]


def prefix_bounds(prefix: str) -> tuple[str, str]:
    """The lowest and the highest code that begin with ``prefix``, both inclusive."""
    return prefix.ljust(CODE_LENGTH, "0"), prefix.ljust(CODE_LENGTH, "9")


def is_within(code: str, scope_code: str, scope_level: RegionLevel) -> bool:
    """Whether a region lies in a scope or is that scope itself. False for what is no code at all.

    The pure twin of ``queries.within``; a property test holds the two together. Raises ValueError for a scope whose
    code and level do not fit.
    """
    return is_code(code) and code.startswith(scope_prefix(scope_code, scope_level))


def _cut(code: str, level: RegionLevel) -> str:
    if not is_code(code):
        raise ValueError(f"{code!r} is not a division code")
    return code[: level.prefix_length].ljust(CODE_LENGTH, "0")


def province_code_of(code: str) -> str:
    """The province of anything below the nation. Raises ValueError for what is no code."""
    return _cut(code, RegionLevel.PROVINCE)


def city_code_of(code: str) -> str:
    """The city of a city or anything below it. Raises ValueError for what is no code."""
    return _cut(code, RegionLevel.CITY)


def county_code_of(code: str) -> str:
    """The county of a county or anything below it; the city itself where there is no county between (东莞).

    Raises ValueError for what is no code.
    """
    return _cut(code, RegionLevel.COUNTY)


def town_code_of(code: str) -> str:
    """The town of a town or village. Raises ValueError for what is no code."""
    return _cut(code, RegionLevel.TOWN)


def possible_path(code: str) -> list[str]:
    """Codes of all possible regions from the province down to ``code`` itself, without repeats.

    The real path is a subset of this (东莞's towns have no county), so one query by these codes finds it. Raises
    ValueError for what is no code.
    """
    cuts = [_cut(code, level) for level in RegionLevel if level is not RegionLevel.NATION]
    return list(dict.fromkeys(cut for cut in cuts if cut != NATION_CODE))


def joined_name(names: list[str]) -> str:
    """An address-like name from a path, as people write it: 北京市东城区, without the 市辖区 between.

    ``names`` run from the province down.
    """
    return "".join(name for name in names if name not in PLACEHOLDER_NAMES)


def place_name(official_name: str) -> str:
    """The place a village-level body looks after: 群兴村村委会 and 群兴村民委员会 are 群兴村.

    A 居委会 that does not call its place 社区 keeps its name: the place's own name is not known from it.
    """
    for suffix, place in _BODY_SUFFIXES:
        if official_name.endswith(suffix) and len(official_name) > len(suffix):
            return official_name.removesuffix(suffix) + place
    return official_name


_BODY_SUFFIXES = (
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("社区村民委员会", "社区"),
    ("社区村委会", "社区"),
    ("村村民委员会", "村"),
    ("村民委员会", "村"),
    ("村村委会", "村"),
    ("村委会", "村"),
)
