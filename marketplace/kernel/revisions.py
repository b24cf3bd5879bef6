"""Which migration a database must have come to, read without Alembic: asking takes no program but this."""

import re
from pathlib import Path

#: gives one row for each migration that no other in the database goes on from
FOUND = "SELECT version_num FROM alembic_version"
REVISIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def newest_revision(folder: Path = REVISIONS) -> str | None:
    """The one migration that no other goes on from; None where there are several."""
    texts = [path.read_text("utf-8") for path in folder.glob("*.py")]
    named = [re.findall(r"""^(down_)?revision = ["'](\w+)""", text, re.MULTILINE) for text in texts]
    found = {(bool(down), name) for each in named for down, name in each}
    last = {name for down, name in found if not down and (True, name) not in found}
    return last.pop() if len(last) == 1 else None
