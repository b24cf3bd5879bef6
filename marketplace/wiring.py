"""What is tied to what: event subscribers, outbox handlers, page context, health. One table each."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, jsonify
from flask_login import current_user
from werkzeug.local import LocalProxy

from catalog.products import commands as product_commands
from catalog.search import engine as search_engine
from catalog.wishes import commands as wish_commands
from certification.certificates.events import CertificateStopped
from certification.linkage.events import TermsChanged
from certification.notices import own_data as objection_data
from certification.products.events import ProductRenamed
from certification.reviews import templates as opinion_templates
from marketplace.accounts import email_addresses, email_links, password_resets
from marketplace.accounts.events import AccountClosing, SignedIn
from marketplace.accounts.invitation_views import SCOPES, InvitedScope
from marketplace.accounts.login_views import LANDING
from marketplace.accounts.models import ScopeKind
from marketplace.accounts.policies import Permission
from marketplace.accounts.safety_views import ISSUER
from marketplace.accounts.web import WAITING
from marketplace.helping import commands as help_commands
from marketplace.kernel import import_runs, media
from marketplace.kernel.events import Subscriptions
from marketplace.kernel.health import Check, database_answers, migrations_are_current, readiness
from marketplace.kernel.outbox import Handler
from marketplace.kernel.settings import Settings
from marketplace.kernel.web import Route
from marketplace.messages import commands as message_commands
from marketplace.messages import mailing
from marketplace.messages.queries import unread_of
from marketplace.pairing.events import ArrangementChanged
from marketplace.parties import household_imports
from marketplace.parties.events import SupplierRenamed
from marketplace.parties.queries import get_supplier
from marketplace.parties.unit_queries import get_unit
from marketplace.reporting import roll
from marketplace.storefront import delivery as storefront_delivery
from marketplace.storefront import seen as storefront_seen
from marketplace.storefront import shared as storefront_shared
from marketplace.unit_desk.guards import CHOSEN as CHOSEN_UNIT
from orders.cart import commands as cart_commands
from orders.cart import web as cart_web
from orders.cart.cookies import read_token
from orders.coupons import commands as coupon_commands
from orders.coupons.events import OffersChanged
from orders.fulfilment import commands as fulfilment_commands
from orders.ledger.events import EntriesPosted
from orders.my_orders import own_data, telling
from orders.ordering.commands import TOLD_TOPIC
from orders.ordering.events import OrderCancelled
from orders.payments import inbox, receipts, returns
from orders.payments.commands import CLOSE_TOPIC
from orders.payments.events import DisputeLost, OrderPaid
from orders.payments.providers import loopback, registry, sandbox
from orders.payments.providers.bank_transfer import BankTransfer
from orders.payments.providers.interface import PaymentProvider
from orders.payments.returns import MoneyReturned
from orders.refunds import commands as refund_commands
from orders.refunds import granting as refund_granting
from orders.refunds import stops
from orders.refunds.granting import RefundApproved
from orders.visits import commands as visit_commands
from supplier_portal.guards import CHOSEN as CHOSEN_SUPPLIER

SITE_NAME = "西安扶贫超市"


def subscriptions() -> Subscriptions:
    """Events and who hears them, in order."""
    table = Subscriptions()
    table.subscribe(TermsChanged, lambda event: product_commands.refresh_projection(event.product_id))
    table.subscribe(TermsChanged, lambda event: product_commands.withdraw_mispriced(event.product_id))
    table.subscribe(ProductRenamed, lambda event: product_commands.index_again(event.product_id))
    table.subscribe(SupplierRenamed, lambda event: product_commands.index_supplier_again(event.supplier_id))
    table.subscribe(SignedIn, _merge_cart)
    table.subscribe(AccountClosing, own_data.refuse_open)
    table.subscribe(AccountClosing, lambda event: cart_commands.forget_member(event.user_id))
    table.subscribe(AccountClosing, lambda event: help_commands.forget_member(event.user_id))
    table.subscribe(AccountClosing, lambda event: wish_commands.forget_member(event.user_id))
    table.subscribe(AccountClosing, lambda event: message_commands.forget_member(event.user_id))
    table.subscribe(AccountClosing, lambda event: objection_data.forget_member(event.user_id))
    table.subscribe(AccountClosing, lambda event: opinion_templates.forget_member(event.user_id))
    table.subscribe(EntriesPosted, roll.note_entries)
    table.subscribe(ArrangementChanged, lambda event: roll.recount_unit(event.unit_id))
    table.subscribe(MoneyReturned, refund_granting.finish_refund)
    table.subscribe(OrderPaid, fulfilment_commands.complete_paid)
    table.subscribe(OrderPaid, refund_commands.start_answer_time)
    table.subscribe(RefundApproved, fulfilment_commands.close_shipping)
    table.subscribe(CertificateStopped, stops.queue_stop)
    table.subscribe(OrderCancelled, coupon_commands.give_back)
    table.subscribe(OffersChanged, lambda _: storefront_shared.forget(storefront_shared.COUPONS))
    table.subscribe(OrderCancelled, receipts.return_kept)
    table.subscribe(OrderPaid, receipts.use_kept)
    table.subscribe(OrderPaid, visit_commands.give_code)
    table.subscribe(DisputeLost, refund_granting.close_claims)
    return table


def install_payment_providers(app: Flask) -> None:
    """The providers of this process; production settings refuse the sandbox."""
    settings: Settings = app.extensions["settings"]
    providers: list[PaymentProvider] = [BankTransfer()]
    if settings.payment_provider == sandbox.NAME:
        providers.append(sandbox.Sandbox(settings.keys.webhook, "/sandbox/{}".format))
    if settings.payment_provider == "stripe":
        # its library takes 12 MB of every process
        from orders.payments.providers.stripe_checkout import StripeCheckout  # noqa: PLC0415

        providers.append(StripeCheckout(str(settings.stripe_key), settings.keys.webhook, SITE_NAME))
    registry.install(app.extensions, providers, settings.payment_provider)


def _merge_cart(event: SignedIn) -> None:
    cart_commands.merge_guest_cart(event.user_id, read_token(event.cookies))


def outbox_handlers() -> Mapping[str, Handler]:
    """Topics and the worker's handlers."""
    return {
        product_commands.SEARCH_TOPIC: search_engine.handle,
        product_commands.PROJECTION_TOPIC: lambda payload: product_commands.refresh_projection(
            payload["product_id"]
        ),
        returns.TOPIC: returns.send_return,
        CLOSE_TOPIC: lambda payload: inbox.close_session(payload["session_id"]),
        stops.TOPIC: stops.stop_unshipped,
        import_runs.TOPIC: import_runs.handle,
        media.DELETE_VIDEO_TOPIC: media.delete_video,
        loopback.TOPIC: loopback.deliver,
        TOLD_TOPIC: telling.tell_what_happened,
        message_commands.MAIL_TOPIC: mailing.send,
        email_addresses.CONFIRM_TOPIC: email_links.send_confirmation,
        password_resets.TOPIC: password_resets.send_link,
    }


#: topics whose handlers leave messages or send letters, so that once more is once too often
TELLING = (TOLD_TOPIC, message_commands.MAIL_TOPIC, email_addresses.CONFIRM_TOPIC, password_resets.TOPIC)


def importers() -> Mapping[str, import_runs.Importer]:
    """What may be imported by the worker, by kind."""
    return {
        household_imports.KIND: import_runs.Importer(
            household_imports.check_households, household_imports.write_households
        )
    }


#: (label, endpoint, permission) of the desks a person may enter
DESKS = (
    ("供应商工作台", "supplier.home", Permission.SUPPLIER),
    ("单位采购", "unit.home", Permission.UNIT),
    ("网点工作台", "outlet.home", Permission.OUTLET),
    ("我的收入", "household.home", Permission.HOUSEHOLD),
    ("认定审核", "review.home", Permission.OFFICIAL),
    ("报表", "reports.home", Permission.REPORTS),
    ("财务", "finance.home", Permission.FINANCE),
    ("管理", "backoffice.home", Permission.ADMIN),
    ("操作记录", "backoffice.audit", Permission.AUDIT),
)


def _invited_scope(kind: ScopeKind, scope_id: int) -> InvitedScope:
    if kind is ScopeKind.UNIT:
        return InvitedScope(get_unit(scope_id).name, "unit.home", CHOSEN_UNIT)
    return InvitedScope(get_supplier(scope_id).name, "supplier.home", CHOSEN_SUPPLIER)


def install_page_context(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    app.extensions[SCOPES] = _invited_scope
    app.extensions[WAITING] = unread_of
    app.extensions[ISSUER] = SITE_NAME
    storefront_seen.install(app)
    storefront_delivery.install(app)
    app.extensions[LANDING] = lambda: next((desk["endpoint"] for desk in _desk_links()), "home.show")

    @app.context_processor
    def _context() -> dict[str, Any]:
        return {
            "site_name": SITE_NAME,
            "demo": settings.is_demo,
            "operator": settings,
            "cart_count": LocalProxy(cart_web.current_count),  # desks show none and need not ask
            "categories": LocalProxy(storefront_shared.channels),  # where they are shown
            "hot_words": LocalProxy(storefront_shared.hot_words),
            "seen_cards": LocalProxy(storefront_seen.seen_cards),  # asked where they are shown
            "desk_links": _desk_links(),
        }

    def _desk_links() -> list[dict[str, str]]:
        if not current_user.is_authenticated:
            return []
        return [
            {"label": label, "endpoint": endpoint}
            for label, endpoint, permission in DESKS
            if endpoint in app.view_functions and current_user.allows(permission)
        ]


def health_routes() -> list[Route]:
    return [
        Route("/healthz", "health.live", _live, Permission.PUBLIC),
        Route("/readyz", "health.ready", _ready, Permission.PUBLIC),
    ]


def _live() -> Any:
    return jsonify(status="ok")


#: Search falls back to the database, so a broken index is told and does not take the shop out of service.
HEALTH_CHECKS = (
    Check("database", database_answers),
    Check("migrations", migrations_are_current),
    Check("search", lambda: search_engine.current_backend().check(), needed=False),
)


def _ready() -> Any:
    return readiness(HEALTH_CHECKS)
