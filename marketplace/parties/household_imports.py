"""The register of households as a table: what a workbook would do, and doing it, all or nothing.

A row is known by its identity number. An empty cell leaves what is there. A bank account is taken for a new household
only: a known one's is changed by asking, and somebody else confirms it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.accounts.register_scope import lies_within, register_regions
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, InvalidInput
from marketplace.kernel.forms import normalise_mobile
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.numbering import next_numbers
from marketplace.kernel.spreadsheets import (
    BadCell,
    Column,
    Sheet,
    SheetRow,
    at_most,
    one_of,
    read_day,
    read_sheet,
)
from marketplace.kernel.transaction import transactional
from marketplace.parties.household_queries import id_digest
from marketplace.parties.household_register import record_move
from marketplace.parties.models import Household, HouseholdStatusChange
from marketplace.parties.rules import HouseholdStatus, check_bank_account, check_id_number, mask_account
from marketplace.presentation import mask_mobile, mask_name
from marketplace.regions.naming import Places, UnknownPlace, WrittenPlace, load_places
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import RegionLevel

KIND = "households"
_BATCH = 500
ID, HEAD, PEOPLE, STATUS, SINCE = "户主身份证号", "户主姓名", "家里几口人", "身份", "身份从哪天起"
MOBILE, BANK, ACCOUNT = "手机", "开户行", "银行卡号"
PLACE = {"code": "地区代码", "county": "区县", "town": "镇街", "village": "村（社区）"}
#: a plan is looked at on a screen
_MASKS = {MOBILE: mask_mobile, ACCOUNT: mask_account}
Progress = Callable[[int, int], None]


def _read_id(text: str) -> str:
    try:
        return check_id_number(text, clock.today())
    except InvalidInput as error:
        raise BadCell(
            {
                "parties.id_form": "身份证号是 18 位，最后一位可以是 X",
                "parties.id_check": "身份证号的校验位不对，请核对是不是抄错了",
                "parties.id_birthday": "身份证号里的出生日期不对",
            }.get(error.code, "身份证号不对")
        ) from error


def _read_people(text: str) -> int:
    digits = text.removesuffix(".0").removesuffix("人").strip()
    if not (digits.isascii() and digits.isdigit()) or not 1 <= int(digits) <= 30:
        raise BadCell("请写 1 到 30 的整数")
    return int(digits)


def _read_mobile(text: str) -> str:
    mobile = normalise_mobile(text)
    if mobile is None:
        raise BadCell("请写 11 位手机号")
    return mobile


def _read_account(text: str) -> str:
    try:
        return check_bank_account(text)
    except InvalidInput as error:
        raise BadCell("银行卡号是 8 到 30 位数字，请把单元格设成文本") from error


COLUMNS = (
    Column("id_number", ID, _read_id, example="610124189901010012"),
    Column("head_name", HEAD, at_most(30), example="王示例（导入时会跳过这一行）"),
    Column("people", PEOPLE, _read_people, example="4"),
    Column("status", STATUS, one_of({each.label: each for each in HouseholdStatus}), example="脱贫"),
    Column("since", SINCE, read_day, required=False, example="2026-01-01"),
    Column("code", PLACE["code"], required=False),
    Column("county", PLACE["county"], at_most(30), required=False, example="周至县"),
    Column("town", PLACE["town"], at_most(30), required=False, example="马召镇"),
    Column("village", PLACE["village"], at_most(60), required=False, example="群兴村"),
    Column("mobile", MOBILE, _read_mobile, required=False),
    Column("bank_name", BANK, at_most(60), required=False),
    Column("bank_account", ACCOUNT, _read_account, required=False),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read, with the village it names and who is there already."""

    values: Mapping[str, Any]
    village: RegionRow
    before: Household | None


@dataclass(slots=True)
class _Work:
    places: Places
    regions: list[RegionRow] | None
    sheet: Sheet
    known: dict[str, Household]
    plan: ImportPlan = field(default_factory=ImportPlan)
    writes: list[Row] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


def check_households(actor_id: int, data: bytes, progress: Progress) -> ImportPlan:
    """What the workbook would do; raises InvalidInput at ``file`` for what is no such table. Statements grow with
    batches of 500 rows, never with rows."""
    return _prepare(_actor(actor_id), data, progress).plan


def write_households(actor_id: int, data: bytes, seen: str) -> ImportPlan:
    """Write the whole workbook as it was ``seen``, or raise Conflict and write nothing."""
    load_places()
    return _write(_actor(actor_id), data, seen)


def _actor(actor_id: int) -> Actor:
    actor = load_actor(actor_id)
    if actor is None:
        raise Forbidden
    return actor


@transactional
def _write(actor: Actor, data: bytes, seen: str) -> ImportPlan:
    # an edit that is under way is waited for, and then found
    work = _prepare(actor, data, lambda _done, _total: None, lock=True)
    work.plan.require_clean(seen)
    _insert(actor, [row for row in work.writes if row.before is None])
    for row in work.writes:
        if row.before is not None:
            _change(actor, row, row.before)
    db.session.flush()
    counts = {"new": len(work.plan.new), "changed": len(work.plan.changed)}
    audit.record(actor.user_id, "households.import", "import", 0, counts)
    return work.plan


def _prepare(actor: Actor, data: bytes, progress: Progress, *, lock: bool = False) -> _Work:
    sheet = read_sheet(data, COLUMNS)
    digests = [id_digest(row.values["id_number"]) for row in sheet.rows]
    work = _Work(load_places(), register_regions(actor), sheet, _known(digests, lock=lock))
    for row in sheet.damaged:
        _village(work, row)
    for number, (row, digest) in enumerate(zip(list(sheet.rows), digests, strict=True), 1):
        _plan_row(work, row, digest)
        progress(number, len(digests))
    work.plan.found_in(sheet)
    return work


def _known(digests: list[str], *, lock: bool) -> dict[str, Household]:
    """Those registered, by digest; locked in that order, so that two tables don't wait for each other."""
    found: dict[str, Household] = {}
    wanted = sorted(digests)
    for start in range(0, len(wanted), _BATCH):
        batch = select(Household).where(Household.id_digest.in_(wanted[start : start + _BATCH]))
        batch = batch.order_by(Household.id_digest)
        rows = db.session.scalars(batch.with_for_update() if lock else batch)
        found.update((row.id_digest, row) for row in rows)
    return found


def _village(work: _Work, row: SheetRow) -> RegionRow | None:
    place = WrittenPlace(*(row.values.get(key) or "" for key in PLACE))
    if not place:
        work.sheet.refuse(row.number, PLACE["village"], "请写到村：写地区代码，或者区县、镇街、村")
        return None
    try:
        region = work.places.find(place)
    except UnknownPlace as error:
        work.sheet.refuse(row.number, PLACE[error.cell], error.text)
        return None
    if region.level is not RegionLevel.VILLAGE:
        work.sheet.refuse(row.number, PLACE["village"], "请写到村")
        return None
    if not lies_within(region.code, work.regions):
        work.sheet.refuse(row.number, PLACE["village"], "不在您管的范围里")
        return None
    return region


def _plan_row(work: _Work, row: SheetRow, digest: str) -> None:
    village = _village(work, row)
    earlier = work.seen.setdefault(digest, row.number)
    if earlier != row.number:
        work.sheet.refuse(row.number, ID, f"和第 {earlier} 行是同一个身份证号")
        return
    if village is None:
        return
    before = work.known.get(digest)
    misfit = _misfit(work, row, before)
    if misfit is not None:
        work.sheet.refuse(row.number, *misfit)
        return
    made = Row(row.values, village, before)
    where = work.places.full_name(village)
    title = (
        f"{before.code} {mask_name(before.head_name)}"
        if before
        else f"{mask_name(row.values['head_name'])}（{where}）"
    )
    old = _words_before(work, before) if before else None
    if work.plan.note(row.number, title, old, _words(work, made), _MASKS):
        work.writes.append(made)


#: the same for one registered elsewhere and for a wrong name: who is on whose register is not to be found out here
_NO_MATCH = "这个身份证号和登记的对不上，请核对，或者报上一级办"


def _misfit(work: _Work, row: SheetRow, before: Household | None) -> tuple[str, str] | None:
    """The cell, and why, that keeps the row from being about the household of its number; None where it may be."""
    values, since = row.values, row.values.get("since")
    if since is not None and since > clock.today():
        return SINCE, "日期在今天之后"
    if before is None:
        halves = (values.get("bank_account") is None) != (not values.get("bank_name"))
        return (ACCOUNT, "开户行和银行卡号要么都填，要么都空着") if halves else None
    if not lies_within(before.village_code, work.regions) or before.head_name != values["head_name"].strip():
        return ID, _NO_MATCH
    if values.get("bank_account") not in {None, before.bank_account}:
        return ACCOUNT, "登记过的账户不能用表格改：由农户或供应商提出变更，村里确认"
    return None


def _words(work: _Work, row: Row) -> dict[str, str]:
    """What the row leaves the household at."""
    values, before = row.values, row.before
    mobile = values.get("mobile") or (before.mobile if before else None)
    account = values.get("bank_account") or (before.bank_account if before else None)
    return {
        "村": work.places.full_name(row.village),
        PEOPLE: str(values["people"]),
        STATUS: values["status"].label,
        MOBILE: mobile or "",
        ACCOUNT: account or "",
    }


def _words_before(work: _Work, before: Household) -> dict[str, str]:
    place = work.places.by_code(before.village_code)
    return {
        "村": work.places.full_name(place) if place else before.village_code,
        PEOPLE: str(before.people),
        STATUS: before.status.label,
        MOBILE: before.mobile or "",
        ACCOUNT: before.bank_account or "",
    }


def _insert(actor: Actor, rows: list[Row]) -> None:
    codes = _codes(rows)
    moment = clock.now()
    households = [
        Household(
            code=codes[row.village.code].pop(0),
            village_code=row.village.code,
            head_name=row.values["head_name"].strip(),
            people=row.values["people"],
            status=row.values["status"],
            id_number=row.values["id_number"],
            id_digest=id_digest(row.values["id_number"]),
            mobile=row.values.get("mobile"),
            bank_name=row.values.get("bank_name") or None,
            bank_account=row.values.get("bank_account"),
            created_at=moment,
        )
        for row in rows
    ]
    db.session.add_all(households)
    db.session.flush()
    db.session.add_all(
        _status(household.id, row.values["status"], row.values.get("since"), actor.user_id)
        for household, row in zip(households, rows, strict=True)
    )


def _codes(rows: list[Row]) -> dict[str, list[str]]:
    """Fresh codes by village, as ``household_commands`` gives them one by one."""
    codes: dict[str, list[str]] = {}
    for village, count in Counter(row.village.code for row in rows).items():
        taken = set(
            db.session.scalars(select(Household.code).where(Household.code.startswith(f"HH-{village}-")))
        )
        fresh: list[str] = []
        while len(fresh) < count:
            numbers = next_numbers(f"household:{village}", count - len(fresh))
            made = (f"HH-{village}-{number:02d}" for number in numbers)
            fresh += [code for code in made if code not in taken]
        codes[village] = fresh
    return codes


def _status(
    household_id: int, status: HouseholdStatus, since: date | None, actor_id: int
) -> HouseholdStatusChange:
    return HouseholdStatusChange(
        household_id=household_id,
        status=status,
        valid_from=since or clock.today(),
        reason="表格导入",
        recorded_at=clock.now(),
        recorded_by=actor_id,
    )


def _change(actor: Actor, row: Row, household: Household) -> None:
    values = row.values
    household.people = values["people"]
    household.mobile = values.get("mobile") or household.mobile
    if values["status"] is not household.status:
        household.status = values["status"]
        db.session.add(_status(household.id, values["status"], values.get("since"), actor.user_id))
    if row.village.code != household.village_code:
        record_move(
            household, row.village.code, values.get("since") or clock.today(), "表格导入", actor.user_id
        )
