"""Route table of marketplace.storefront: URL, endpoint, view, permission."""

from marketplace.kernel.web import Route

routes: list[Route] = []
