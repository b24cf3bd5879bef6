"""Make the committed subset of Noto Sans SC anew: the signs of GB 2312, of every place, and of the shop's own texts.

Run by hand when a text uses a sign the subset lacks (the log says ``pdf.signs_lacking``)::

    npm pack @expo-google-fonts/noto-sans-sc && tar xzf expo-google-fonts-noto-sans-sc-*.tgz
    python deploy/build_font.py package/400Regular/NotoSansSC_400Regular.ttf

and put the new digest into the manifest beside it.
"""

import gzip
import hashlib
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "marketplace" / "kernel" / "data" / "fonts"
TARGET = FOLDER / "NotoSansSC-Regular.subset.ttf"
ROOMS = ("marketplace", "catalog", "certification", "orders", "supplier_portal")
#: where the signs of texts and places are found
TEXTS = ("*.py", "*.html", "*.json", "*.csv", "*.tsv", "*.toml")


def signs() -> set[str]:
    found = {chr(code) for code in range(0x20, 0x7F)} | _gb2312()
    for room in ROOMS:
        for pattern in TEXTS:
            for path in (ROOT / room).rglob(pattern):
                found |= set(path.read_text("utf-8"))
        for path in (ROOT / room).rglob("*.gz"):
            found |= set(gzip.decompress(path.read_bytes()).decode("utf-8", "ignore"))
    return {sign for sign in found if sign >= " "}


def _gb2312() -> set[str]:
    pairs = (bytes([high, low]) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    return set(b"".join(pairs).decode("gb2312", "ignore"))


def build(source: Path) -> None:
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.glyph_names = False
    options.drop_tables += ["DSIG", "GSUB", "GPOS", "GDEF", "vhea", "vmtx", "BASE", "VORG"]
    font = TTFont(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(sign) for sign in signs()])
    subsetter.subset(font)
    font.save(TARGET)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
    content = TARGET.read_bytes()
    print(TARGET.name, hashlib.sha256(content).hexdigest(), len(content))
