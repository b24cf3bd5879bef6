"""Payments, refunds, disbursements, and what each of them posted, at its time."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from catalog.stock.rules import MovementKind
from marketplace.demo.build.people import owner_of
from marketplace.demo.build.sales import Sales, SoldLine, SoldOrder
from marketplace.demo.build.world import World
from marketplace.demo.content.order_times import Payment as PlannedPayment
from marketplace.demo.content.order_times import Target
from marketplace.demo.content.orders_plan import OrderIntent
from marketplace.kernel.clock import local_date
from marketplace.kernel.media import Media
from orders.ledger import rules
from orders.ledger.commands import PastEntry, post_history
from orders.ledger.rules import EntryKind, IncomeState, NewPosting, RefundedLine, Share
from orders.ordering.models import Order
from orders.payments.models import MoneyReturn, Payment, PaymentSession, SandboxCharge, TransferProof
from orders.payments.providers import bank_transfer, sandbox
from orders.payments.rules import SandboxState
from orders.payments.workflow import MoneyReturnState, PaymentState, ProofState, SessionState
from orders.refunds.models import Refund, RefundLine
from orders.refunds.rules import FrozenShare, LinePart, RefundKind, RowPart, choose_rows, reversed_shares
from orders.refunds.workflow import RefundState
from orders.settlement.models import Disbursement, DisbursementRow
from orders.settlement.workflow import DisbursementState

Group = tuple[int, int, datetime, Target]


class Money:
    """Follows every share through its states, so that each entry posts what is really left."""

    def __init__(self, world: World, sales: Sales, paper: Media) -> None:
        self.world = world
        self.sales = sales
        self.paper = paper
        self.entries: list[PastEntry] = []
        self.balances: dict[int, rules.Balances] = {}
        self.sessions: dict[int, PaymentSession] = {}
        self.payments: dict[str, Payment] = {}
        self.groups: dict[Group, list[tuple[Share, int]]] = defaultdict(list)
        self.disbursements: dict[Group, Disbursement] = {}

    def post(
        self, kind: EntryKind, key: str, at: datetime, postings: list[NewPosting], order_id: int | None = None
    ) -> None:
        self.entries.append(PastEntry(kind, key, at, postings, order_id))
        moved = {posting.line_income_id for posting in postings if posting.line_income_id is not None}
        # only of these, for the rules copy what they are given
        before = {share: self.balances[share] for share in moved if share in self.balances}
        self.balances.update(rules.balances_after(postings, before))

    def write(self) -> None:
        post_history(self.entries)

    def shares(self, sold: SoldOrder, line: SoldLine | None = None) -> list[Share]:
        return [
            Share(
                line_income_id=income.id,
                line_id=each.row.id,
                order_id=sold.row.id,
                supplier_id=sold.row.supplier_id,
                household_id=income.household_id,
                fen=income.fen,
                paid_at_receipt=income.paid_at_receipt,
            )
            for each in ([line] if line else sold.lines)
            for income in each.incomes
        ]

    def open_payment(self, sold: SoldOrder) -> None:
        online = sold.intent.payment is PlannedPayment.SANDBOX
        payment = Payment(
            order_id=sold.row.id,
            provider=sandbox.NAME if online else bank_transfer.NAME,
            state=_payment_state(sold.intent),
            amount_fen=sold.row.total_fen,
            reference=self.sales.number("XF", 10),
        )
        self.world.rows.add(payment)
        self.payments[sold.intent.key] = payment

    def _session(self, sold: SoldOrder, at: datetime) -> PaymentSession:
        checkout_id = sold.row.checkout_id
        session = self.sessions.get(checkout_id)
        if session is None:
            external, charge = self.sales.token(), self.sales.token()
            session = PaymentSession(
                token=self.sales.token(),
                checkout_id=checkout_id,
                provider=sandbox.NAME,
                external_id=external,
                charge_id=charge,
                state=SessionState.SUCCEEDED,
                amount_fen=0,
                splits=[],
                created_at=sold.row.placed_at,
                expires_at=sold.row.reserved_until,
            )
            self.world.rows.add(session)
            self.sessions[checkout_id] = session
        session.amount_fen += sold.row.total_fen
        session.splits = [
            *session.splits,
            {"supplier_id": sold.row.supplier_id, "order_id": sold.row.id, "fen": sold.row.total_fen},
        ]
        return session

    def pay(self, sold: SoldOrder, at: datetime) -> None:
        payment, order = self.payments[sold.intent.key], sold.row
        payment.captured_fen, payment.paid_at = order.total_fen, at
        if payment.provider == sandbox.NAME:
            payment.session_id = self._session(sold, at).id
        else:
            self._proof(sold, payment, at)
        lines = [
            rules.SoldLine(
                line.row.id,
                line.row.net_fen,
                line.row.fee_fen,
                tuple(self.shares(sold, line)),
                outlet_fee_fen=line.row.outlet_fee_fen,
            )
            for line in sold.lines
        ]
        postings = rules.sale_postings(
            order.id, order.supplier_id, payment.provider, order.freight_fen, lines, _parties(order)
        )
        self.post(EntryKind.SALE, f"sale:{order.id}", at, postings, order.id)

    def _proof(self, sold: SoldOrder, payment: Payment, at: datetime) -> None:
        self.world.rows.put(
            TransferProof,
            payment_id=payment.id,
            media_id=self.paper.id,
            payer=self._payer(sold),
            paid_on=local_date(at),
            amount_fen=sold.row.total_fen,
            state=ProofState.ACCEPTED,
            submitted_at=at,
            checked_by=self.world.users["finance"],
            checked_at=at,
        )

    def _payer(self, sold: SoldOrder) -> str:
        unit = self.world.content.units.get(sold.intent.unit)
        return unit.name if unit else sold.row.recipient

    def close_sessions(self) -> None:
        """What the sandbox's bank knows of each paid session."""
        for session in self.sessions.values():
            self.world.rows.put(
                SandboxCharge,
                external_id=session.external_id,
                idempotency_key=session.token,
                amount_fen=session.amount_fen,
                state=SandboxState.PAID,
                return_url="",
                charge_id=session.charge_id,
                created_at=session.created_at,
            )

    def confirm(self, sold: SoldOrder, at: datetime) -> None:
        postings = rules.confirm_postings(self.shares(sold), self.balances)
        self.post(EntryKind.CONFIRM, f"confirm:{sold.row.id}", at, postings, sold.row.id)

    def refund_part(self, sold: SoldOrder, at: datetime) -> None:
        """Part of one line goes back, into its stock row or to waste."""
        planned = sold.intent.refund
        if planned is None:
            raise ValueError(f"{sold.intent.key} has no refund planned")
        line = sold.lines[planned.line_index]
        kind = RefundKind.RETURN_AND_REFUND if planned.restock else RefundKind.REFUND_ONLY
        self._refund(sold, kind, {line.row.id: planned.units}, 0, planned.reason, planned.restock, at)

    def refund_all(self, sold: SoldOrder, at: datetime) -> None:
        """A paid order called off before the first parcel: everything goes back, freight too."""
        units = {line.row.id: line.row.units for line in sold.lines}
        freight = sold.row.freight_fen
        self._refund(sold, RefundKind.CANCELLATION, units, freight, "发货前取消", True, at)

    def _undo(self, sold: SoldOrder, line: SoldLine, units: int, restock: bool, at: datetime) -> RefundedLine:
        """Units of a line back to their stock rows, and what they undo."""
        rows = [
            RowPart(row.id, row.stock_row_id, row.lot_id, row.units, row.returned_units or 0)
            for row in line.allocations
        ]
        shares = [FrozenShare(income.id, income.lot_id, income.fen) for income in line.incomes]
        part = LinePart(
            line.row.net_fen,
            line.row.fee_fen,
            line.row.units,
            line.row.refunded_units or 0,
            units,
            outlet_fee_fen=line.row.outlet_fee_fen,
        )
        chosen = choose_rows(rows, units)
        undone = reversed_shares(shares, chosen, part)
        allocations = {row.id: row for row in line.allocations}
        shelves = self.sales.shelves
        for row in chosen:
            allocations[row.allocation_id].returned_units = row.returned + row.part
            shelves.move(row.stock_row_id, MovementKind.RESTOCK, row.part, at, sold.row.id)
            if not restock:
                shelves.move(row.stock_row_id, MovementKind.ADJUST, -row.part, at, sold.row.id, "不能再卖")
        line.row.refunded_units = part.refunded + units
        return RefundedLine(
            line.row.id,
            part.goods_fen,
            part.returned_fee_fen,
            undone,
            outlet_fee_fen=part.returned_outlet_fee_fen,
        )

    def _refund(
        self,
        sold: SoldOrder,
        kind: RefundKind,
        units: Mapping[int, int],
        freight: int,
        reason: str,
        restock: bool,
        at: datetime,
    ) -> None:
        lines = [line for line in sold.lines if line.row.id in units]
        undone = [self._undo(sold, line, units[line.row.id], restock, at) for line in lines]
        goods = sum(part.goods_fen for part in undone)
        actor = self.world.users[owner_of(self.world.content.suppliers[sold.intent.supplier])]
        refund = Refund(
            number=self.sales.number(f"T{local_date(at):%Y%m%d}", 9),
            order_id=sold.row.id,
            kind=kind,
            state=RefundState.DONE,
            reason=reason,
            goods_fen=goods,
            freight_fen=freight,
            amount_fen=goods + freight,
            requested_at=at,
            requested_by=sold.row.user_id,
            answer_due_at=at,
            decided_at=at,
            decided_by=actor,
            done_at=at,
        )
        self.world.rows.add(refund)
        for line, part in zip(lines, undone, strict=True):
            self.world.rows.put(
                RefundLine,
                refund_id=refund.id,
                line_id=line.row.id,
                units=units[line.row.id],
                goods_fen=part.goods_fen,
                restock=restock,
            )
        self._send_back(sold, refund, at)
        self._unbook(lines, undone, self._post_refund(sold, refund, undone, at))

    def _post_refund(
        self, sold: SoldOrder, refund: Refund, undone: list[RefundedLine], at: datetime
    ) -> list[NewPosting]:
        posting = rules.RefundPosting(
            refund.id,
            sold.row.id,
            self.payments[sold.intent.key].provider,
            refund.freight_fen,
            undone,
            _parties(sold.row),
        )
        shares = {share.line_income_id: share for share in self.shares(sold)}
        postings = rules.refund_postings(posting, sold.row.supplier_id, shares, self.balances)
        self.post(EntryKind.REFUND, f"refund:{refund.id}", at, postings, sold.row.id)
        return postings

    def _unbook(self, lines: list[SoldLine], undone: list[RefundedLine], postings: list[NewPosting]) -> None:
        """Lots forget what was undone, but not what a household keeps because it had been paid."""
        kept: dict[int, int] = defaultdict(int)
        for posting in postings:
            if posting.income_state is IncomeState.REVERSED_AFTER_PAYOUT and posting.line_income_id:
                kept[posting.line_income_id] -= posting.fen
        for line, part in zip(lines, undone, strict=True):
            row_of_lot = {take.lot_id: take.stock_row_id for take in line.takes if take.lot_id}
            lot_of = {income.id: income.lot_id for income in line.incomes}
            for line_income_id, fen in part.shares:
                lot_id = lot_of[line_income_id]
                if lot_id is not None:
                    self.sales.shelves.book(row_of_lot[lot_id], kept[line_income_id] - fen)

    def _send_back(self, sold: SoldOrder, refund: Refund, at: datetime) -> None:
        payment = self.payments[sold.intent.key]
        payment.refunded_fen += refund.amount_fen
        session = self.sessions.get(sold.row.checkout_id)
        self.world.rows.put(
            MoneyReturn,
            idempotency_key=f"refund:{refund.id}",
            provider=payment.provider,
            charge_id=session.charge_id if session else None,
            order_id=sold.row.id,
            refund_id=refund.id,
            amount_fen=refund.amount_fen,
            state=MoneyReturnState.DONE,
            reason=refund.reason[:80],
            external_id=self.sales.token(),
            requested_at=at,
            done_at=at,
        )

    def collect(self, sold: SoldOrder, at: datetime) -> None:
        """Put what is confirmed of an order on the lists of its households for this payday."""
        for share in self.shares(sold):
            due = self.balances.get(share.line_income_id, {}).get(IncomeState.CONFIRMED, 0)
            if due > 0:
                group = (share.supplier_id, share.household_id, at, sold.intent.target)
                self.groups[group].append((share, due))

    def disburse(self, at: datetime) -> None:
        """Pay every list of this payday."""
        for group, rows in sorted(self.groups.items(), key=lambda item: item[0][:2]):
            if group[2] != at or group in self.disbursements:
                continue
            supplier_id, household_id, _, _ = group
            number = self.world.next_number(f"disbursement:{local_date(at):%Y}")
            disbursement = Disbursement(
                number=f"FK{local_date(at):%Y}{number:06d}",
                supplier_id=supplier_id,
                household_id=household_id,
                village_code=self.world.villages[household_id],
                state=DisbursementState.PAID,
                amount_fen=sum(fen for _, fen in rows),
                paid_on=local_date(at),
                voucher_number=f"YH{number:08d}",
                voucher_id=self.paper.id,
                recorded_at=at,
            )
            self.world.rows.add(disbursement)
            for share, fen in rows:
                self.world.rows.put(
                    DisbursementRow,
                    disbursement_id=disbursement.id,
                    line_income_id=share.line_income_id,
                    fen=fen,
                )
            self.disbursements[group] = disbursement
            self.post(
                EntryKind.DISBURSE, f"disburse:{disbursement.id}", at, rules.disbursement_postings(rows)
            )

    def settle(self, target: Target, payday: datetime, at: datetime) -> None:
        """The bank sends a payday's lists back, or the households acknowledge them."""
        for group, disbursement in self.disbursements.items():
            if (
                group[2] != payday
                or group[3] is not target
                or disbursement.state is not DisbursementState.PAID
            ):
                continue
            rows = self.groups[group]
            if target is Target.BOUNCED:
                disbursement.state = DisbursementState.BOUNCED
                disbursement.bounced_at, disbursement.bounce_reason = at, "账号与户名不符，银行退回"
                postings = rules.bounce_postings(rows, self.balances)
                self.post(EntryKind.BOUNCE, f"bounce:{disbursement.id}", at, postings)
            else:
                disbursement.state = DisbursementState.ACKNOWLEDGED
                disbursement.acknowledged_at = at
                postings = rules.acknowledgement_postings(rows, self.balances)
                self.post(EntryKind.ACKNOWLEDGE, f"acknowledge:{disbursement.id}", at, postings)


def _payment_state(intent: OrderIntent) -> PaymentState:
    if intent.at.paid_at is not None:
        return PaymentState.PAID
    return PaymentState.EXPIRED if intent.target is Target.EXPIRED else PaymentState.UNPAID


def _parties(order: Order) -> rules.Parties:
    return rules.Parties(order.subsidy_bearer, order.commission_outlet_id)
