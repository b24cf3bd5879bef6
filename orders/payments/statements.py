"""What is wrong with a bank statement before any of it is kept: above all a column that slipped."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import CompoundSelect, select, union

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.money import format_yuan
from marketplace.kernel.spreadsheets import Sheet, SheetRow
from marketplace.parties.models import BankChange, Supplier
from orders.payments.models import BankReceipt

#: what a line says beside its number: (day it came, fen)
Said = tuple[date, int]


def refuse_slips(sheet: Sheet) -> None:
    """Name lines of tomorrow, of an account that is no seller's (finance could neither place them nor take them away),
    and a serial number that says another day or sum than it did before: kept as known, its money would be lost.
    Lines with a cell that can't be read are looked at too, so that one answer names all."""
    holders = _holders()
    _name_as_registered(sheet, holders)
    before = _kept(sheet)
    first: dict[tuple[str, str], SheetRow] = {}
    for row in sorted(sheet.all_rows, key=lambda each: each.number):
        values = row.values
        holder, serial = values.get("holder"), values.get("serial")
        if (day := values.get("day")) is not None and day > clock.today():
            sheet.refuse(row.number, "到账日期", "不能晚于今天")
        if holder is not None and holder not in holders:
            sheet.refuse(row.number, "收款户名", "没有供应商用这个户名收款，请看看是不是和付款户名填反了")
        if holder is None or serial is None:
            continue
        key = (holder, serial)
        earlier = first.setdefault(key, row)
        if _differ(_said(earlier), _said(row)):
            text = f"和第 {earlier.number} 行同一个流水号，日期或金额不同，请看看是不是填错了列"
            sheet.refuse(row.number, "流水号", text)
        elif key in before and _differ(before[key], _said(row)):
            day, fen = before[key]
            text = f"这个流水号导入过，那时是 {day.isoformat()} {format_yuan(fen)}，请核对"
            sheet.refuse(row.number, "流水号", text)


def _name_as_registered(sheet: Sheet, holders: set[str]) -> None:
    """Banks print the brackets of a name in either width, and a space here and there."""
    known = {_folded(name): name for name in holders}
    for rows in (sheet.rows, sheet.damaged):
        for place, row in enumerate(rows):
            holder = row.values.get("holder") or ""
            if holder not in holders and (name := known.get(_folded(holder))) is not None:
                rows[place] = replace(row, values={**row.values, "holder": name})


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _said(row: SheetRow) -> tuple[date | None, int | None]:
    """What could be read of it."""
    return row.values.get("day"), row.values.get("fen")


def _differ(one: Sequence[object], other: Sequence[object]) -> bool:
    """What is missing may be as the other says."""
    return any(None not in pair and pair[0] != pair[1] for pair in zip(one, other, strict=True))


def _holders() -> set[str]:
    """Names on the accounts that sellers have, or had before they changed them."""
    names: CompoundSelect[tuple[str | None]] = union(
        select(Supplier.bank_account_name).where(Supplier.bank_account_name.is_not(None)),
        select(Supplier.name),
        select(BankChange.account_name).where(BankChange.supplier_id.is_not(None)),
    )
    return set(db.session.scalars(names))


def _kept(sheet: Sheet) -> dict[tuple[str, str], Said]:
    holders = {row.values.get("holder") for row in sheet.all_rows} - {None}
    serials = {row.values.get("serial") for row in sheet.all_rows} - {None}
    rows = db.session.execute(
        select(BankReceipt.holder, BankReceipt.serial, BankReceipt.received_on, BankReceipt.amount_fen).where(
            BankReceipt.holder.in_(holders), BankReceipt.serial.in_(serials)
        )
    )
    return {(holder, serial): (day, fen) for holder, serial, day, fen in rows}
