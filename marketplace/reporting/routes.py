"""Route table of marketplace.reporting: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.reporting import views

REPORTS = Permission.REPORTS

routes: list[Route] = [
    Route("/reports", "reports.home", views.home, REPORTS),
    Route("/reports/export.csv", "reports.export", views.export, REPORTS),
    Route("/reports/export.xlsx", "reports.export_xlsx", views.export_xlsx, REPORTS),
    Route("/reports/orders", "reports.orders", views.orders, REPORTS),
    Route("/reports/orders.csv", "reports.export_orders", views.export_orders, REPORTS),
    Route("/reports/orders.xlsx", "reports.export_orders_xlsx", views.export_orders_xlsx, REPORTS),
    Route("/reports/orders/<number>", "reports.order", views.order, REPORTS),
    Route("/reports/verify", "reports.verify", views.verify_books, Permission.AUDIT),
    Route("/reports/verify", "reports.check", views.check_books, Permission.AUDIT, ("POST",)),
]
