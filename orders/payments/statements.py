"""What is wrong with a bank statement before any of it is kept: above all a column that slipped."""

import unicodedata
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
    and a serial number that says another day or sum than it did before: kept as known, its money would be lost."""
    holders = _holders()
    _name_as_registered(sheet, holders)
    before = _kept(sheet)
    first: dict[tuple[str, str], SheetRow] = {}
    for row in sheet.rows:
        values = row.values
        key = (values["holder"], values["serial"])
        if values["day"] > clock.today():
            sheet.refuse(row.number, "到账日期", "不能晚于今天")
        if values["holder"] not in holders:
            sheet.refuse(row.number, "收款户名", "没有供应商用这个户名收款，请看看是不是和付款户名填反了")
        earlier = first.setdefault(key, row)
        if _said(earlier) != _said(row):
            text = f"和第 {earlier.number} 行同一个流水号，日期或金额不同，请看看是不是填错了列"
            sheet.refuse(row.number, "流水号", text)
        elif key in before and before[key] != _said(row):
            day, fen = before[key]
            text = f"这个流水号导入过，那时是 {day.isoformat()} {format_yuan(fen)}，请核对"
            sheet.refuse(row.number, "流水号", text)


def _name_as_registered(sheet: Sheet, holders: set[str]) -> None:
    """Banks print the brackets of a name in either width, and a space here and there."""
    known = {_folded(name): name for name in holders}
    for place, row in enumerate(sheet.rows):
        holder = row.values["holder"]
        if holder not in holders and (name := known.get(_folded(holder))) is not None:
            sheet.rows[place] = replace(row, values={**row.values, "holder": name})


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _said(row: SheetRow) -> Said:
    return row.values["day"], row.values["fen"]


def _holders() -> set[str]:
    """Names on the accounts that sellers have, or had before they changed them."""
    names: CompoundSelect[tuple[str | None]] = union(
        select(Supplier.bank_account_name).where(Supplier.bank_account_name.is_not(None)),
        select(Supplier.name),
        select(BankChange.account_name).where(BankChange.supplier_id.is_not(None)),
    )
    return set(db.session.scalars(names))


def _kept(sheet: Sheet) -> dict[tuple[str, str], Said]:
    holders = {row.values["holder"] for row in sheet.rows}
    serials = {row.values["serial"] for row in sheet.rows}
    rows = db.session.execute(
        select(BankReceipt.holder, BankReceipt.serial, BankReceipt.received_on, BankReceipt.amount_fen).where(
            BankReceipt.holder.in_(holders), BankReceipt.serial.in_(serials)
        )
    )
    return {(holder, serial): (day, fen) for holder, serial, day, fen in rows}
