"""Route table of marketplace.review_desk: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.review_desk import acknowledgements, certificate_views, views

OFFICIAL = Permission.OFFICIAL
BOTH = ("GET", "POST")

routes: list[Route] = [
    Route("/review", "review.home", views.home, OFFICIAL),
    Route("/review/notices", "review.notices", views.notices, OFFICIAL),
    Route("/review/past", "review.past", views.past, OFFICIAL),
    Route(
        "/review/applications/<int:application_id>", "review.application", views.application, OFFICIAL, BOTH
    ),
    Route(
        "/review/applications/<int:application_id>/households/<int:household_id>",
        "review.household",
        views.household,
        OFFICIAL,
        ("POST",),
    ),
    Route(
        "/review/applications/<int:application_id>/documents/<int:media_id>",
        "review.document",
        views.document,
        OFFICIAL,
    ),
    Route("/review/certificates", "review.certificates", certificate_views.certificates, OFFICIAL),
    Route(
        "/review/certificates/<int:certificate_id>",
        "review.certificate",
        certificate_views.certificate,
        OFFICIAL,
        BOTH,
    ),
    Route("/review/acknowledgements", "review.acknowledgements", acknowledgements.acknowledgements, OFFICIAL),
    Route(
        "/review/acknowledgements/<int:disbursement_id>",
        "review.acknowledge",
        acknowledgements.acknowledge,
        OFFICIAL,
        ("POST",),
    ),
]
