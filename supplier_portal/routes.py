"""Route table of supplier_portal: URL, endpoint, view, permission."""

from marketplace.kernel.web import Route

routes: list[Route] = []
