"""Route table of certification: URL, endpoint, view, permission."""

from certification.certificates import catalogue_views as catalogues
from certification.certificates import views as certificates
from certification.notices import objection_views as objections
from certification.notices import views as notices
from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route

BOTH = ("GET", "POST")
#: how often one address may send these, or have a paper drawn
RATES = {
    "certificates.document": "60 per minute",
    "catalogues.document": "60 per minute",
    "notices.object": "10 per hour; 30 per day",
    "objections.follow": "20 per minute; 200 per day",
    "objections.withdraw": "20 per minute",
}
routes: list[Route] = [
    Route("/notices", "notices.index", notices.index, Permission.PUBLIC),
    Route("/notices/calendar", "notices.calendar", notices.calendar, Permission.PUBLIC),
    Route("/notices/batches/<code>", "notices.batch", notices.batch, Permission.PUBLIC),
    Route("/notices/<int:notice_id>/object", "notices.object", objections.new, Permission.PUBLIC, BOTH),
    Route("/objections", "objections.follow", objections.follow, Permission.PUBLIC, BOTH),
    Route("/objections/withdraw", "objections.withdraw", objections.withdraw, Permission.PUBLIC, ("POST",)),
    Route("/notices/<int:notice_id>", "notices.show", notices.show, Permission.PUBLIC),
    Route("/certificates", "certificates.verify", certificates.verify, Permission.PUBLIC),
    Route("/certificates/<number>", "certificates.show", certificates.show, Permission.PUBLIC),
    Route(
        "/certificates/<number>/certificate.pdf",
        "certificates.document",
        certificates.document,
        Permission.PUBLIC,
    ),
    Route("/catalogues", "catalogues.index", catalogues.index, Permission.PUBLIC),
    Route("/catalogues/<int:batch_id>", "catalogues.show", catalogues.show, Permission.PUBLIC),
    Route("/catalogues/<int:batch_id>.xlsx", "catalogues.sheet", catalogues.sheet, Permission.PUBLIC),
    Route("/catalogues/<int:batch_id>.pdf", "catalogues.document", catalogues.document, Permission.PUBLIC),
    Route("/certificates/<number>/print", "certificates.print", certificates.paper, Permission.PUBLIC),
]
