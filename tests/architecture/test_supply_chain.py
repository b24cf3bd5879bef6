"""What is installed and what was copied in is what the lock and the manifest say."""

import hashlib
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.sources import ROOT, text

PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}
#: folders of files that others published, each with a manifest
COPIED = (
    ROOT / "marketplace" / "static" / "vendor",
    ROOT / "marketplace" / "kernel" / "data" / "fonts",
)


def test_the_lock_names_the_public_index_only() -> None:
    addresses = re.findall(r'"([a-z+]+://[^"]+)"', text(ROOT / "uv.lock"))
    assert addresses
    assert {urlsplit(each).hostname for each in addresses} <= PUBLIC_HOSTS


def test_every_locked_file_has_a_checksum() -> None:
    packages = tomllib.loads(text(ROOT / "uv.lock"))["package"]
    unchecked = [
        package["name"]
        for package in packages
        for file in [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        if not file["hash"].startswith("sha256:")
    ]
    assert unchecked == []


@pytest.mark.parametrize("folder", COPIED, ids=lambda folder: folder.name)
def test_copied_files_are_the_published_ones_and_listed(folder: Path) -> None:
    lines = [line.split() for line in text(folder / "MANIFEST.txt").splitlines() if line and line[0] != "#"]
    listed = {(folder / line[0]).resolve(): line[-2] for line in lines}
    actual = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in listed}
    assert actual == listed
    present = {path for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST.txt"}
    assert present - listed.keys() == set()
