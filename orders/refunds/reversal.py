"""What an approved refund undoes, all in one transaction: counters of the lines, stock, lots, sold counts, ledger."""

from collections.abc import Mapping

from sqlalchemy import select, update

from catalog.products.commands import add_sold_units
from catalog.stock import commands as stock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from orders.ledger import commands as ledger
from orders.ledger.queries import kept_after_payout
from orders.ledger.rules import Parties, RefundedLine, RefundPosting
from orders.ordering.lots import unbook
from orders.ordering.models import LineAllocation, LineIncome, Order, OrderLine
from orders.refunds.models import Refund, RefundLine
from orders.refunds.rules import FrozenShare, LinePart, RowPart, choose_rows, reversed_shares


def reverse_lines(
    refund: Refund, order: Order, provider: str, lines: Mapping[int, OrderLine], parts: list[RefundLine]
) -> None:
    """Raises Conflict ``refunds.units_gone`` when units were refunded meanwhile."""
    posted = [_reverse_line(refund, lines[part.line_id], part) for part in parts]
    undone = {line_income_id: fen for line in posted for line_income_id, fen in line.shares}
    before = kept_after_payout(undone)
    parties = Parties(order.subsidy_bearer, order.commission_outlet_id)
    ledger.post_refund(RefundPosting(refund.id, order.id, provider, refund.freight_fen, posted, parties))
    after = kept_after_payout(undone)
    unbook({each: fen - (after.get(each, 0) - before.get(each, 0)) for each, fen in undone.items()})


def _reverse_line(refund: Refund, line: OrderLine, part: RefundLine) -> RefundedLine:
    of_line = part_of(line, line.refunded_units, part.units)
    _count_refunded(line, part.units)
    chosen = choose_rows(_rows_of(line.id), part.units)
    undone = reversed_shares(_shares_of(line.id), chosen, of_line)
    _return_stock(refund, chosen, restock=bool(part.restock))
    add_sold_units(line.listing_id, -part.units)
    return RefundedLine(
        line.id,
        of_line.goods_fen,
        of_line.returned_fee_fen,
        undone,
        of_line.returned_subsidy_fen,
        of_line.returned_outlet_fee_fen,
    )


def part_of(line: OrderLine, refunded: int, units: int) -> LinePart:
    """``units`` more of a line after ``refunded`` of it."""
    return LinePart(
        line.net_fen, line.fee_fen, line.units, refunded, units, line.subsidy_fen, line.outlet_fee_fen
    )


def _count_refunded(line: OrderLine, units: int) -> None:
    counted = db.session.execute(
        update(OrderLine)
        .where(OrderLine.id == line.id, OrderLine.refunded_units + units <= OrderLine.units)
        .values(refunded_units=OrderLine.refunded_units + units)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("refunds.units_gone")
    db.session.refresh(line)


def _rows_of(line_id: int) -> list[RowPart]:
    return [
        RowPart(row.id, row.stock_row_id, row.lot_id, row.units, row.returned_units)
        for row in db.session.scalars(
            select(LineAllocation)
            .where(LineAllocation.line_id == line_id)
            .order_by(LineAllocation.id)
            .execution_options(populate_existing=True)
        )
    ]


def _shares_of(line_id: int) -> list[FrozenShare]:
    rows = db.session.execute(
        select(LineIncome.id, LineIncome.lot_id, LineIncome.fen)
        .where(LineIncome.line_id == line_id)
        .order_by(LineIncome.id)
    )
    return [FrozenShare(*row) for row in rows]


def _return_stock(refund: Refund, chosen: list[RowPart], *, restock: bool) -> None:
    for row in sorted(chosen, key=lambda each: each.stock_row_id):
        db.session.execute(
            update(LineAllocation)
            .where(LineAllocation.id == row.allocation_id)
            .values(returned_units=LineAllocation.returned_units + row.part)
            .execution_options(synchronize_session=False)
        )
        if restock:
            stock.restock(refund.order_id, row.stock_row_id, row.part)
        else:
            stock.spoil(refund.order_id, row.stock_row_id, row.part, f"售后 {refund.number}：不能再卖")
