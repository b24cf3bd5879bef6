"""Statements, bills and payments to households as tables to download, the same for finance and for a supplier."""

from collections.abc import Sequence
from datetime import date

from flask import Response

from marketplace.kernel import clock
from marketplace.kernel.exports import Fen, csv_response, moment_cell
from marketplace.parties.household_queries import household_codes
from marketplace.parties.queries import supplier_names
from marketplace.regions.queries import full_names_of
from orders.ledger.queries import DueRow
from orders.ledger.words import ENTRY_WORDS
from orders.settlement.bill_queries import BillFacts
from orders.settlement.queries import DisbursementFacts, StatementRow
from orders.settlement.words import BILL_WORDS, DISBURSEMENT_WORDS


def statement_response(rows: Sequence[StatementRow], start: date, end: date) -> Response:
    """Every entry of a supplier's statement of these days."""
    header = (
        "时间",
        "什么事",
        "订单号",
        "商品款（元）",
        "服务费和佣金（元）",
        "运费（元）",
        "应付农户（元）",
        "已打给农户（元）",
        "拒付损失（元）",
        "归自己（元）",
    )
    cells = [
        [
            moment_cell(row.at),
            ENTRY_WORDS[row.kind],
            row.order_number or "",
            Fen(row.goods_fen),
            Fen(row.fee_fen),
            Fen(row.freight_fen),
            Fen(row.household_fen),
            Fen(row.disbursed_fen),
            Fen(row.loss_fen),
            Fen(row.own_fen),
        ]
        for row in rows
    ]
    return csv_response(f"结算对账-{start:%Y%m%d}-{end:%Y%m%d}", header, cells)


def due_response(supplier: str, due: Sequence[DueRow]) -> Response:
    """What a supplier owes households, share by share."""
    codes = household_codes({row.household_id for row in due})
    villages = full_names_of({row.village_code for row in due})
    header = ("农户编号", "村", "订单号", "商品", "规格", "份数", "订单完成", "金额（元）")
    cells = [
        [
            codes[row.household_id],
            villages.get(row.village_code, ""),
            row.order_number,
            row.title,
            row.sku_name,
            row.units,
            moment_cell(row.completed_at),
            Fen(row.fen),
        ]
        for row in due
    ]
    return csv_response(f"{supplier}待打款明细-{clock.today():%Y%m%d}", header, cells)


def bills_response(bills: Sequence[BillFacts]) -> Response:
    """``settle_fen`` as on the bill: above zero the platform pays."""
    header = (
        "供应商",
        "结算单",
        "从",
        "到",
        "商品款（元）",
        "运费（元）",
        "补贴（元）",
        "服务费归平台（元）",
        "服务费分给网点的佣金（元）",
        "结清（元）",
        "状态",
        "有异议",
        "结清日期",
        "凭证",
    )
    rows = [
        [
            bill.supplier,
            bill.number,
            bill.first_day.isoformat(),
            bill.last_day.isoformat(),
            Fen(bill.goods_fen),
            Fen(bill.freight_fen),
            Fen(bill.subsidy_fen),
            Fen(bill.fee_fen),
            Fen(bill.outlet_fee_fen),
            Fen(bill.settle_fen),
            BILL_WORDS[bill.state][0],
            "等答复" if bill.waits_for_answer else "答复过" if bill.answer else "",
            bill.paid_on.isoformat() if bill.paid_on else "",
            bill.voucher_number,
        ]
        for bill in bills
    ]
    return csv_response(f"结算单-{clock.today():%Y%m%d}", header, rows)


def disbursements_response(paid: Sequence[DisbursementFacts]) -> Response:
    """Households by the number they have in the register: their names stay on the pages."""
    suppliers = supplier_names({each.supplier_id for each in paid})
    codes = household_codes({each.household_id for each in paid})
    villages = full_names_of({each.village_code for each in paid})
    header = (
        "打款单",
        "供应商",
        "农户编号",
        "村",
        "金额（元）",
        "打款日期",
        "回单编号",
        "状态",
        "退回原因",
        "确认收到",
    )
    rows = [
        [
            each.number,
            suppliers.get(each.supplier_id, ""),
            codes[each.household_id],
            villages.get(each.village_code, ""),
            Fen(each.amount_fen),
            each.paid_on.isoformat(),
            each.voucher_number,
            DISBURSEMENT_WORDS[each.state][0],
            each.bounce_reason,
            moment_cell(each.acknowledged_at),
        ]
        for each in paid
    ]
    return csv_response(f"打给农户的款-{clock.today():%Y%m%d}", header, rows)
