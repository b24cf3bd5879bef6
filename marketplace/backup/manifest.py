"""What a backup says of itself."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt, ValidationError

from marketplace.backup.errors import Damaged

MANIFEST = "manifest.json"
EngineName = Literal["sqlite", "postgresql"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ledger(_Strict):
    """``sum_fen`` is 0 in sound books; ``debit_fen`` tells one state of the books from another."""

    entries: NonNegativeInt
    postings: NonNegativeInt
    sum_fen: int
    debit_fen: NonNegativeInt


class Facts(_Strict):
    """What is in a database: its migration, the rows of each table, the ledger."""

    revision: str
    rows: dict[str, NonNegativeInt]
    ledger: Ledger


class Member(_Strict):
    size: NonNegativeInt
    sha256: str


class Keys(_Strict):
    """Tells whether a shop has the keys this backup was made under, without containing them."""

    encrypted: str
    digest: str


class Manifest(_Strict):
    made_at: AwareDatetime
    engine: EngineName
    facts: Facts
    keys: Keys
    members: dict[str, Member]


def parse(content: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise Damaged(f"备份已损坏：{MANIFEST} 读不懂", MANIFEST) from error
