"""What live lines hold of a lot's agreed total, given back when income is undone."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select

from catalog.stock import commands as stock
from marketplace.kernel.db import db
from orders.ordering.models import LineAllocation, LineIncome


def unbook(undone: Mapping[int, int]) -> None:
    """Let lots forget ``{line income: fen}``, so that the next sale of those units brings it again.

    Shares without a lot have nothing booked. What a household keeps after a refund is not undone: its lot was sold
    once, and a unit that comes back and is sold again brings the household no second payment.
    """
    amounts = {line_income_id: fen for line_income_id, fen in undone.items() if fen}
    if not amounts:
        return
    rows = db.session.execute(
        select(LineIncome.id, LineAllocation.stock_row_id)
        .join(
            LineAllocation,
            (LineAllocation.line_id == LineIncome.line_id) & (LineAllocation.lot_id == LineIncome.lot_id),
        )
        .where(LineIncome.id.in_(amounts))
    ).all()
    changes: dict[int, int] = defaultdict(int)
    for line_income_id, stock_row_id in rows:
        changes[stock_row_id] -= amounts[line_income_id]
    stock.book_incomes(changes)
