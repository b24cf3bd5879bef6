"""Route table of marketplace.reporting: URL, endpoint, view, permission."""

from marketplace.kernel.web import Route

routes: list[Route] = []
