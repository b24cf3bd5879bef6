"""Route table of marketplace.backoffice: URL, endpoint, view, permission."""

from marketplace.kernel.web import Route

routes: list[Route] = []
