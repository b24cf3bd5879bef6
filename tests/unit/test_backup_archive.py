"""The file of a backup: any byte that changes, any cut, any member too few or too many is noticed and named."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketplace.backup.archive import FORMAT, SEAL, Writer, check
from marketplace.backup.errors import Damaged
from marketplace.backup.manifest import MANIFEST, Facts, Keys, Ledger, Manifest

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
PICTURE = "media/ab/abcdef.640.webp"
CONTENTS = {"database.sqlite": b"d" * 3000, PICTURE: b"p" * 700, "media/-x/-xyz.pdf": b""}
Member = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar"
    writer = Writer(path, NOW)
    for name, content in CONTENTS.items():
        source = tmp_path / "source"
        source.write_bytes(content)
        writer.add(name, source)
    facts = Facts(revision="1", rows={}, ledger=Ledger(entries=0, postings=0, sum_fen=0, debit_fen=0))
    writer.finish(
        Manifest(
            made_at=NOW,
            engine="sqlite",
            facts=facts,
            keys=Keys(encrypted="", digest=""),
            members=dict(writer.members),
        )
    )
    writer.close()
    return path


def members_of(path: Path) -> list[Member]:
    with tarfile.open(path) as tar:
        return [(each, tar.extractfile(each).read()) for each in tar]  # type: ignore[union-attr]


def write(path: Path, members: list[Member]) -> None:
    with tarfile.open(path, "w:") as tar:
        for header, content in members:
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))


def refusal(path: Path, folder: Path | None = None) -> Damaged:
    with pytest.raises(Damaged) as refused:
        check(path, folder)
    return refused.value


def test_a_whole_backup_is_unpacked_as_it_was(backup: Path, tmp_path: Path) -> None:
    manifest = check(backup, tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert set(manifest.members) == {FORMAT, *CONTENTS}
    assert [header.name for header, _ in members_of(backup)] == [FORMAT, *CONTENTS, MANIFEST, SEAL]


def test_it_is_for_its_owner_only_and_replaces_nothing(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        Writer(backup, NOW)


def test_any_flipped_byte_is_noticed(backup: Path) -> None:
    whole = backup.read_bytes()
    check(backup)
    for place in [*range(0, len(whole), 11), len(whole) - 1]:
        backup.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        refusal(backup)


def test_a_file_cut_anywhere_is_noticed(backup: Path) -> None:
    whole = backup.read_bytes()
    for length in [*range(0, len(whole), 256), len(whole) - 1]:
        backup.write_bytes(whole[:length])
        refusal(backup)
    backup.write_bytes(whole + b"\0" * 512)
    refusal(backup)


@pytest.mark.parametrize("name", ["database.sqlite", PICTURE, MANIFEST, SEAL])
def test_a_flipped_byte_is_blamed_on_its_member(backup: Path, name: str) -> None:
    with tarfile.open(backup) as tar:
        place = tar.getmember(name).offset_data + 9
    whole = bytearray(backup.read_bytes())
    whole[place] ^= 2
    backup.write_bytes(whole)
    assert refusal(backup).member == (MANIFEST if name == SEAL else name)


def test_a_cut_is_blamed_on_the_member_it_goes_through(backup: Path) -> None:
    with tarfile.open(backup) as tar:
        place = tar.getmember(PICTURE).offset_data + 99
    backup.write_bytes(backup.read_bytes()[:place])
    damage = refusal(backup)
    assert (damage.member, str(damage)) == (PICTURE, f"备份不完整：{PICTURE} 被截断了")


def test_a_missing_member_is_named(backup: Path) -> None:
    write(backup, [each for each in members_of(backup) if each[0].name != PICTURE])
    assert str(refusal(backup)) == f"备份不完整：缺少 {PICTURE}"


def test_a_member_too_many_is_named(backup: Path) -> None:
    first, *rest = members_of(backup)
    write(backup, [first, (tarfile.TarInfo("media/zz/more.pdf"), b"%PDF"), *rest])
    assert str(refusal(backup)) == "备份里有清单上没有的成员：media/zz/more.pdf"


def test_a_member_twice_is_named(backup: Path) -> None:
    members = members_of(backup)
    write(backup, [*members[:2], members[1], *members[2:]])
    assert str(refusal(backup)) == "备份里有重复的成员：database.sqlite"


def link(header: tarfile.TarInfo) -> None:
    header.type, header.linkname = tarfile.SYMTYPE, "/etc/passwd"


def hard_link(header: tarfile.TarInfo) -> None:
    header.type, header.linkname = tarfile.LNKTYPE, FORMAT


def device(header: tarfile.TarInfo) -> None:
    header.type = tarfile.CHRTYPE


def directory(header: tarfile.TarInfo) -> None:
    header.type = tarfile.DIRTYPE


@pytest.mark.parametrize("disguise", [link, hard_link, device, directory])
def test_what_is_no_plain_file_is_refused(
    backup: Path, tmp_path: Path, disguise: Callable[[tarfile.TarInfo], None]
) -> None:
    first, *rest = members_of(backup)
    planted = tarfile.TarInfo("media/ab/planted.pdf")
    disguise(planted)
    write(backup, [first, (planted, b""), *rest])
    assert refusal(backup, tmp_path / "out").member == "media/ab/planted.pdf"
    assert not (tmp_path / "out" / "media").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/evil",
        "media/../../evil",
        "media/./evil",
        "media//evil",
        "media/.hidden",
        "media",
        "keys/x",
        "media/a\\..\\evil",
        "media/a\nb",
        "database.sqlite/evil",
        "media/ａ.pdf",
    ],
)
def test_no_name_leads_out_of_the_folder(backup: Path, tmp_path: Path, name: str) -> None:
    first, *rest = members_of(backup)
    write(backup, [first, (tarfile.TarInfo(name), b"evil"), *rest])
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    assert "不该有的成员" in str(refusal(backup, tmp_path / "out"))
    assert {path for path in tmp_path.rglob("*") if "out" not in path.parts} == before


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\0" * 20480, b"PK\x03\x04" + b"z" * 9000])
def test_a_foreign_file_is_said_to_be_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.tar"
    path.write_bytes(content)
    assert "不是本程序的备份文件" in str(refusal(path))


def test_the_tar_of_another_program_is_said_to_be_one(tmp_path: Path) -> None:
    write(tmp_path / "foreign.tar", [(tarfile.TarInfo("readme.txt"), b"hello")])
    assert "不是本程序的备份文件" in str(refusal(tmp_path / "foreign.tar"))


def test_a_manifest_that_fits_its_seal_and_says_nonsense(backup: Path) -> None:
    """Somebody made it on purpose: refused in words all the same."""
    nonsense = b'{"engine": "paper"}'
    digest = hashlib.sha256(nonsense).hexdigest()
    new = {MANIFEST: nonsense, SEAL: f"{MANIFEST} {digest}\n".encode()}
    write(backup, [(header, new.get(header.name, content)) for header, content in members_of(backup)])
    assert refusal(backup).member == MANIFEST
