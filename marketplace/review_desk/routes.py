"""Route table of marketplace.review_desk: URL, endpoint, view, permission."""

from marketplace.kernel.web import Route

routes: list[Route] = []
