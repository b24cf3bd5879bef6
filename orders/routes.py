"""Route table of orders: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from orders.cart import views as cart
from orders.checkout import views as checkout

routes: list[Route] = [
    Route("/cart", "cart.show", cart.show, Permission.PUBLIC),
    Route("/cart/add", "cart.add", cart.add, Permission.PUBLIC, ("POST",)),
    Route("/cart/update", "cart.update", cart.update, Permission.PUBLIC, ("POST",)),
    Route("/checkout", "checkout.show", checkout.show, Permission.PUBLIC, ("GET", "POST")),
]
