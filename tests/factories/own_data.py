"""A member of whom the shop holds something of every kind: what the file of their own data must have in it."""

from datetime import timedelta

from sqlalchemy import select

from catalog.questions.models import Answer, Question
from catalog.reviews.models import FollowUp, Report, Review
from catalog.reviews.rules import Fault
from catalog.wishes.models import Favourite, StockWish
from certification.applications.workflow import ApplicationState
from certification.notices.models import PublicNotice
from certification.notices.objections import SUBJECTS, Statement, lodge_objection
from certification.reviews.models import OpinionTemplate
from certification.reviews.rules import Decision
from marketplace.accounts.addresses import save_address
from marketplace.accounts.models import (
    Invitation,
    KnownDevice,
    RecoveryCode,
    Role,
    RoleAssignment,
    ScopeKind,
    SecondFactor,
)
from marketplace.accounts.policies import Actor
from marketplace.helping.commands import share_card
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.media import Media
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.models import MessageChoice
from marketplace.messages.topics import Topic
from orders.invoices.models import InvoiceRequest
from orders.invoices.rules import InvoiceKind
from orders.ordering.models import OrderLine
from orders.payments.models import Payment, TransferProof
from orders.payments.workflow import ProofState
from orders.refunds.models import Refund
from orders.refunds.rules import RefundKind
from orders.refunds.workflow import RefundState
from tests.factories import builders, certifying, coupons, order_builders, sales
from tests.support.logins import issue_token


def fill(user_id: int, world: dict[str, int]) -> None:
    """``world`` as ``builders.saleable`` gives it. The member may still leave: nothing is under way."""
    save_address(user_id, "王女士", "19900001234", builders.STREET, "示例小区 1 号楼")
    issue_token(user_id)
    tell(Topic.ORDER, [user_id], "发货了", "在路上")
    coupon = coupons.coupon()
    (order,) = coupons.placed({world["sku"]: 3}, coupon, user_id=user_id)
    order_id, checkout_id = order.id, order.checkout_id
    sales.pay_online(checkout_id)
    sales.deliver(order_id)
    sales.complete(order_id)
    share_card(Actor(user_id, ()), clock.today().year, "王女士一家")
    order_builders.cart_with({world["sku"]: 1}, user_id=user_id)
    _account(user_id)
    _bought(user_id, order_id)
    _said(user_id, world, order_id)
    objected(user_id)


@transactional
def _account(user_id: int) -> None:
    now = clock.now()
    db.session.add_all(
        [
            KnownDevice(user_id=user_id, token_digest="d", seen_at=now, words="手机"),
            SecondFactor(user_id=user_id, secret="s", started_at=now, confirmed_at=now),
            RecoveryCode(user_id=user_id, code_digest="c"),
            RoleAssignment(
                user_id=user_id,
                role=Role.SUPPLIER_STAFF,
                scope_kind=ScopeKind.SUPPLIER,
                scope_id="1",
                granted_at=now,
                revoked_at=now,
            ),
            Invitation(
                token_digest="i",
                role=Role.SUPPLIER_STAFF,
                scope_kind=ScopeKind.SUPPLIER,
                scope_id="1",
                invitee="王会计",
                invited_by=user_id,
                invited_at=now,
                expires_at=now,
                accepted_by=user_id,
            ),
            MessageChoice(user_id=user_id, topic=Topic.ORDER),
            OpinionTemplate(
                user_id=user_id, level="village", decision=Decision.APPROVE, text="情况属实", added_at=now
            ),
        ]
    )


@transactional
def _bought(user_id: int, order_id: int) -> None:
    now = clock.now()
    media_id = builders.document()
    db.session.get_one(Media, media_id).uploaded_by = user_id
    payment_id = db.session.scalars(select(Payment.id).where(Payment.order_id == order_id)).first()
    db.session.add_all(
        [
            InvoiceRequest(
                order_id=order_id,
                kind=InvoiceKind.PERSON,
                title="王女士",
                requested_by=user_id,
                requested_at=now,
            ),
            TransferProof(
                payment_id=payment_id,
                media_id=media_id,
                payer="王女士",
                paid_on=clock.today(),
                amount_fen=1,
                state=ProofState.REFUSED,
                submitted_at=now,
                checked_at=now,
            ),
            Refund(
                number="RF1",
                order_id=order_id,
                kind=RefundKind.REFUND_ONLY,
                state=RefundState.REJECTED,
                reason="坏了一个",
                goods_fen=1,
                amount_fen=1,
                requested_at=now,
                requested_by=user_id,
                answer_due_at=now + timedelta(days=2),
                decided_at=now,
            ),
        ]
    )


@transactional
def _said(user_id: int, world: dict[str, int], order_id: int) -> None:
    now = clock.now()
    line_id = db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)).one()
    review_id = builders.added(
        Review(
            line_id=line_id,
            listing_id=world["listing"],
            user_id=user_id,
            shown_name="秦**",
            sku_name="5斤",
            goods=5,
            delivery=5,
            service=5,
            text="很甜",
            photos=[],
            written_at=now,
        )
    )
    question_id = builders.added(
        Question(
            listing_id=world["listing"], user_id=user_id, shown_name="秦**", text="甜不甜？", asked_at=now
        )
    )
    db.session.add_all(
        [
            FollowUp(review_id=review_id, text="放了一周还好", written_at=now),
            Report(
                review_id=review_id, user_id=user_id, fault=Fault.ADVERTISING, text="像广告", reported_at=now
            ),
            Answer(
                question_id=question_id,
                user_id=user_id,
                by_supplier=False,
                shown_name="秦**",
                text="甜",
                answered_at=now,
            ),
            Favourite(user_id=user_id, listing_id=world["listing"], price_fen=2990, at=now),
            StockWish(user_id=user_id, sku_id=world["sku"], at=now),
        ]
    )


def objected(user_id: int) -> None:
    """To something in public notice; not settled yet."""
    case = certifying.case()
    certifying.walk(case, certifying.officials(), ApplicationState.PUBLIC_NOTICE)
    notice = select(PublicNotice.id).where(PublicNotice.application_id == case.application)
    lodge_objection(
        user_id,
        db.session.scalars(notice).one(),
        Statement(SUBJECTS[0], "示例：这一户不种猕猴桃，请核实。", "王女士", "19900001234"),
    )
