"""Route table of catalog: URL, endpoint, view, permission."""

from marketplace.kernel.web import Route

routes: list[Route] = []
