"""The figures of reports reckoned the slow way: row by row, sharing no line with them. A second opinion."""

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import select

from certification.linkage.models import SupplyLot
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.pairing.models import PairingArrangement
from orders.ledger.models import JournalEntry, Posting
from orders.ordering.models import LineAllocation, LineIncome, Order, OrderLine
from tests.support.report_world import XIAN


def day_of(moment: datetime) -> date:
    return moment.astimezone(XIAN).date()


class Reckoning:
    """Every posting, with all that is known of it; ``figures`` goes through all of them each time."""

    def __init__(self) -> None:
        db.session.rollback()
        db.session.expire_all()
        self.entries = {row.id: row for row in db.session.scalars(select(JournalEntry))}
        self.postings = db.session.scalars(select(Posting).where(Posting.line_id.is_not(None))).all()
        self.orders = {row.id: row for row in db.session.scalars(select(Order))}
        self.lines = {row.id: row for row in db.session.scalars(select(OrderLine))}
        self.incomes = {row.id: row for row in db.session.scalars(select(LineIncome))}
        self.categories = {row.id: row.category_code for row in db.session.scalars(select(DeclaredProduct))}
        self.lot_outlets = {row.id: row.outlet_id for row in db.session.scalars(select(SupplyLot))}
        self.taken: dict[int, list[LineAllocation]] = defaultdict(list)
        for row in db.session.scalars(select(LineAllocation).order_by(LineAllocation.id)):
            self.taken[row.line_id].append(row)
        self.paid = {
            row.order_id: day_of(row.at) for row in self.entries.values() if row.kind.value == "sale"
        }
        self.arrangements = db.session.scalars(
            select(PairingArrangement).where(PairingArrangement.withdrawn_at.is_(None))
        ).all()
        # what is read stays as it was, instead of being read again row by row whenever a transaction ends
        db.session.expunge_all()

    def figures(self, by: str, key: str, prefix: str, start: date, end: date) -> dict[str, int]:
        sums: dict[str, int] = defaultdict(int)
        orders: set[int] = set()
        households: dict[int, int] = defaultdict(int)
        for posting in self.postings:
            line = self.lines[posting.line_id or 0]
            day = self.paid[line.order_id]
            if not start <= day <= end:
                continue
            fen = self._part(by, key, posting, line)
            if fen is None:
                continue
            if posting.account_kind == "household_income":
                self._income(posting, fen, prefix, sums, households)
            elif line.origin_code.startswith(prefix):
                self._sale(posting, fen, sums, orders)
        sums["orders"] = len(orders)
        sums["households"] = sum(fen > 0 for fen in households.values())
        return {name: value for name, value in sums.items() if value}

    def _income(
        self, posting: Posting, fen: int, prefix: str, sums: dict[str, int], households: dict[int, int]
    ) -> None:
        income = self.incomes[posting.line_income_id or 0]
        if income.village_code.startswith(prefix):
            sums[str(posting.income_state)] -= fen
            sums[income.kind.value] -= fen
            sums["income"] -= fen
            households[income.household_id] -= fen

    def _sale(self, posting: Posting, fen: int, sums: dict[str, int], orders: set[int]) -> None:
        if posting.account_kind in ("supplier_due", "platform_fee"):
            sums["sales"] -= fen
            if self.entries[posting.entry_id].kind.value == "sale":
                orders.add(posting.order_id or 0)
        if posting.account_kind == "platform_fee":
            sums["fee"] -= fen
        if posting.account_kind == "household_cost":
            sums["given"] += fen

    def _part(self, by: str, key: str, posting: Posting, line: OrderLine) -> int | None:
        """The posting's fen that count under this key; None when it is not one of its postings."""
        if by == "outlet_collected":
            return self._collected(key, posting, line)
        value = self._value(by, line)
        return posting.fen if value is not None and key in ("", value) else None

    def _value(self, by: str, line: OrderLine) -> str | None:
        order = self.orders[line.order_id]
        found = {
            "all": "",
            "supplier": order.supplier_id,
            "product": line.product_id,
            "category": self.categories[line.product_id],
            "unit": order.unit_id,
            "channel": line.channel_code or None,
            "outlet_placed": order.placed_outlet_id,
            "outlet_pickup": order.pickup_outlet_id,
            "outlet_channel": order.channel_outlet_id,
            "pairing": self.pairing(line) if by == "pairing" else None,
        }[by]
        return None if found is None else str(found)

    def pairing(self, line: OrderLine) -> int | None:
        order, day = self.orders[line.order_id], self.paid[line.order_id]
        incomes = [income for income in self.incomes.values() if income.line_id == line.id]
        places = [line.origin_code, *(income.village_code for income in incomes)]
        best: tuple[int, date, int] | None = None
        for each in self.arrangements:
            if each.unit_id != order.unit_id or each.starts_on > day:
                continue
            if each.ends_on is not None and each.ends_on < day:
                continue
            near = 9
            if any(income.household_id == each.household_id for income in incomes):
                near = 0
            else:
                for rank, length in ((1, 12), (2, 9), (3, 6), (4, 4)):
                    if any(place[:length] == each.village_code[:length] for place in places):
                        near = rank
                        break
            if near < 9 and (best is None or (near, each.starts_on, each.id) < best):
                best = (near, each.starts_on, each.id)
        return best[2] if best else None

    def _collected(self, key: str, posting: Posting, line: OrderLine) -> int | None:
        income = self.incomes.get(posting.line_income_id or 0)
        if income is not None and income.lot_id is not None:
            outlet = self.lot_outlets[income.lot_id]
            return posting.fen if outlet is not None and key in ("", str(outlet)) else None
        taken = self.taken[line.id]
        if not any(row.lot_id and self.lot_outlets[row.lot_id] for row in taken):
            return None
        whole = sum(row.units for row in taken)
        size = abs(posting.fen)
        parts = [size * row.units // whole for row in taken]
        spare = size - sum(parts)
        for place in sorted(range(len(taken)), key=lambda at: (-(size * taken[at].units % whole), at))[
            :spare
        ]:
            parts[place] += 1
        here = [
            part
            for part, row in zip(parts, taken, strict=True)
            if part
            and row.lot_id
            and self.lot_outlets[row.lot_id]
            and key in ("", str(self.lot_outlets[row.lot_id]))
        ]
        return (1 if posting.fen > 0 else -1) * sum(here) if here else None
