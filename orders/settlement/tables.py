"""Bills and payments to households as tables to download, the same for finance and for a supplier."""

from collections.abc import Sequence

from flask import Response

from marketplace.kernel import clock
from marketplace.kernel.exports import Fen, csv_response, moment_cell
from marketplace.parties.household_queries import household_codes
from marketplace.parties.queries import supplier_names
from marketplace.regions.queries import full_names_of
from orders.settlement.bill_queries import BillFacts
from orders.settlement.queries import DisbursementFacts
from orders.settlement.words import BILL_WORDS, DISBURSEMENT_WORDS


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
        "平台服务费（元）",
        "网点佣金（元）",
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
            "等答复" if bill.waits_for_answer else "答复过" if bill.objection else "",
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
