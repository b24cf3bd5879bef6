"""Route table of orders: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from orders.cart import views as cart
from orders.checkout import views as checkout
from orders.fulfilment import views as fulfilment
from orders.invoices import views as invoices
from orders.my_orders import again, coupon_views
from orders.my_orders import views as my_orders
from orders.payments import views as payments
from orders.refunds import views as refunds
from orders.reviewing import views as reviewing
from orders.settlement import views as settlement
from orders.visits import views as visits

routes: list[Route] = [
    Route("/via/<code>", "cart.via", cart.via, Permission.PUBLIC),
    Route("/cart", "cart.show", cart.show, Permission.PUBLIC),
    Route("/cart/add", "cart.add", cart.add, Permission.PUBLIC, ("POST",)),
    Route("/cart/update", "cart.update", cart.update, Permission.PUBLIC, ("POST",)),
    Route("/checkout", "checkout.show", checkout.show, Permission.PUBLIC, ("GET", "POST")),
    Route("/visits/<int:sku_id>/book", "visits.book", visits.book, Permission.PUBLIC, ("GET", "POST")),
    Route("/my/orders/<number>/move", "visits.move", visits.move, Permission.SIGNED_IN, ("GET", "POST")),
    Route(
        "/o/<checkout_token>/<number>/move",
        "visits.move_guest",
        visits.move,
        Permission.PUBLIC,
        ("GET", "POST"),
    ),
    Route("/my/orders", "my_orders.index", my_orders.index, Permission.SIGNED_IN),
    Route("/my/coupons", "my_orders.coupons", coupon_views.index, Permission.SIGNED_IN),
    Route("/my/orders/<number>", "my_orders.show", my_orders.show, Permission.SIGNED_IN),
    Route("/my/orders/<number>/again", "my_orders.again", again.again, Permission.SIGNED_IN, ("POST",)),
    Route(
        "/o/<checkout_token>/<number>/again",
        "my_orders.again_guest",
        again.again,
        Permission.PUBLIC,
        ("POST",),
    ),
    Route("/o/<checkout_token>", "my_orders.guest", my_orders.guest, Permission.PUBLIC),
    Route("/o/<checkout_token>/<number>", "my_orders.guest", my_orders.guest, Permission.PUBLIC),
    Route("/pay/<checkout_token>", "payments.pay", payments.pay, Permission.PUBLIC),
    Route("/pay/<checkout_token>/start", "payments.start", payments.start, Permission.PUBLIC, ("POST",)),
    Route(
        "/pay/<checkout_token>/<number>/proof", "payments.proof", payments.proof, Permission.PUBLIC, ("POST",)
    ),
    Route("/webhooks/<provider>", "payments.webhook", payments.webhook, Permission.PUBLIC, ("POST",)),
    Route("/sandbox/<session_token>", "sandbox.show", payments.sandbox_page, Permission.DEMO),
    Route(
        "/sandbox/<session_token>/dispute",
        "sandbox.dispute",
        payments.sandbox_dispute,
        Permission.DEMO,
        ("POST",),
    ),
    Route("/sandbox/<session_token>", "sandbox.choose", payments.sandbox_choose, Permission.DEMO, ("POST",)),
    Route(
        "/my/orders/<number>/refund",
        "refunds.request",
        refunds.request_form,
        Permission.SIGNED_IN,
        ("GET", "POST"),
    ),
    Route(
        "/o/<checkout_token>/<number>/refund",
        "refunds.request_guest",
        refunds.request_form,
        Permission.PUBLIC,
        ("GET", "POST"),
    ),
    *(
        Route(f"{path}/refunds/<int:refund_id>{rest}", f"refunds.{name}{suffix}", view, permission, methods)
        for path, suffix, permission in (
            ("/my/orders/<number>", "", Permission.SIGNED_IN),
            ("/o/<checkout_token>/<number>", "_guest", Permission.PUBLIC),
        )
        for rest, name, view, methods in (
            ("", "show", refunds.show, ("GET",)),
            ("/<any('send_back', 'withdraw', 'appeal'):action>", "act", refunds.act, ("POST",)),
            ("/photos/<int:position>", "photo", refunds.photo, ("GET",)),
        )
    ),
    *(
        Route(f"{path}/invoice{rest}", f"invoices.{name}{suffix}", view, permission, methods)
        for path, suffix, permission in (
            ("/my/orders/<number>", "", Permission.SIGNED_IN),
            ("/o/<checkout_token>/<number>", "_guest", Permission.PUBLIC),
        )
        for rest, name, view, methods in (
            ("", "show", invoices.show, ("GET", "POST")),
            ("/<int:paper_id>", "paper", invoices.paper, ("GET",)),
        )
    ),
    Route(
        "/my/orders/<number>/lines/<int:line_id>/review",
        "reviews.write",
        reviewing.write,
        Permission.SIGNED_IN,
        ("GET", "POST"),
    ),
    Route(
        "/my/orders/<number>/lines/<int:line_id>/review/follow_up",
        "reviews.follow_up",
        reviewing.follow_up,
        Permission.SIGNED_IN,
        ("POST",),
    ),
    Route(
        "/my/orders/<number>/address",
        "fulfilment.address",
        fulfilment.address,
        Permission.SIGNED_IN,
        ("GET", "POST"),
    ),
    Route(
        "/o/<checkout_token>/<number>/address",
        "fulfilment.address_guest",
        fulfilment.address,
        Permission.PUBLIC,
        ("GET", "POST"),
    ),
    Route("/my/orders/<number>/cancel", "refunds.cancel", refunds.cancel, Permission.SIGNED_IN, ("POST",)),
    Route(
        "/o/<checkout_token>/<number>/cancel",
        "refunds.cancel_guest",
        refunds.cancel,
        Permission.PUBLIC,
        ("POST",),
    ),
    Route(
        "/my/orders/<number>/receive",
        "fulfilment.receive",
        fulfilment.receive,
        Permission.SIGNED_IN,
        ("POST",),
    ),
    Route(
        "/o/<checkout_token>/<number>/receive",
        "fulfilment.receive_guest",
        fulfilment.receive,
        Permission.PUBLIC,
        ("POST",),
    ),
    Route("/household", "household.home", settlement.home, Permission.HOUSEHOLD),
    Route("/household/statement.csv", "household.statement", settlement.statement, Permission.HOUSEHOLD),
    Route(
        "/household/disbursements/<int:disbursement_id>/acknowledge",
        "household.acknowledge",
        settlement.acknowledge,
        Permission.HOUSEHOLD,
        ("POST",),
    ),
    Route(
        "/disbursements/<int:disbursement_id>/voucher",
        "settlement.voucher",
        settlement.voucher,
        Permission.SIGNED_IN,
    ),
]
