"""Route table of marketplace.accounts: URL, endpoint, view, permission."""

from marketplace.kernel.web import Route

routes: list[Route] = []
