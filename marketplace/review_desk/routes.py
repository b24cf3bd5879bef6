"""Route table of marketplace.review_desk: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.review_desk import (
    acknowledgements,
    catalogue_views,
    certificate_views,
    household_views,
    list_views,
    monitoring_views,
    objection_views,
    office_views,
    pilot_views,
    sheet_views,
    story_views,
    views,
)

OFFICIAL = Permission.OFFICIAL
BOTH = ("GET", "POST")
POST = ("POST",)

routes: list[Route] = [
    Route("/review", "review.home", list_views.home, OFFICIAL),
    Route("/review/notices", "review.notices", list_views.notices, OFFICIAL),
    Route("/review/past", "review.past", list_views.past, OFFICIAL),
    Route("/review/supervision", "review.supervision", list_views.supervise, OFFICIAL),
    Route("/review/supervision/<int:application_id>/hurry", "review.hurry", list_views.hurry, OFFICIAL, POST),
    Route(
        "/review/applications/<int:application_id>/hand", "review.in_hand", list_views.in_hand, OFFICIAL, POST
    ),
    Route("/review/stories", "review.stories", story_views.index, OFFICIAL),
    Route("/review/stories/new", "review.story_new", story_views.new, OFFICIAL, BOTH),
    Route("/review/stories/<int:story_id>", "review.story", story_views.story, OFFICIAL, BOTH),
    Route("/review/stories/<int:story_id>/edit", "review.story_rewrite", story_views.rewrite, OFFICIAL, BOTH),
    Route("/review/templates", "review.templates", office_views.wordings, OFFICIAL, BOTH),
    Route(
        "/review/templates/<int:template_id>/remove",
        "review.template_remove",
        office_views.wording_remove,
        OFFICIAL,
        POST,
    ),
    Route("/review/handover", "review.handover", office_views.hand_over, OFFICIAL, BOTH),
    Route(
        "/review/applications/<int:application_id>", "review.application", views.application, OFFICIAL, BOTH
    ),
    Route(
        "/review/applications/<int:application_id>/households",
        "review.households",
        household_views.index,
        OFFICIAL,
    ),
    Route(
        "/review/applications/<int:application_id>/households/<int:household_id>",
        "review.household",
        household_views.show,
        OFFICIAL,
        BOTH,
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
    Route(
        "/review/certificates/<int:certificate_id>/findings",
        "review.finding_new",
        certificate_views.record_finding,
        OFFICIAL,
        ("POST",),
    ),
    Route(
        "/review/certificates/<int:certificate_id>/findings/<int:finding_id>/close",
        "review.finding_close",
        certificate_views.close_finding,
        OFFICIAL,
        ("POST",),
    ),
    Route("/review/objections", "review.objections", objection_views.index, OFFICIAL),
    Route("/review/objections/<int:objection_id>", "review.objection", objection_views.show, OFFICIAL),
    *(
        Route(
            f"/review/objections/<int:objection_id>/{path}", f"review.objection_{name}", view, OFFICIAL, POST
        )
        for path, name, view in (
            ("take-up", "take_up", objection_views.take_up),
            ("release", "release", objection_views.release),
            ("evidence", "evidence", objection_views.evidence),
            ("decide", "decide", objection_views.decide),
            ("contact", "contact", objection_views.contact),
        )
    ),
    Route(
        "/review/objections/<int:objection_id>/documents/<int:media_id>",
        "review.objection_document",
        objection_views.document,
        OFFICIAL,
    ),
    Route("/review/catalogues", "review.catalogues", catalogue_views.index, OFFICIAL, BOTH),
    Route("/review/catalogues/<int:batch_id>", "review.catalogue", catalogue_views.show, OFFICIAL),
    Route(
        "/review/catalogues/<int:batch_id>/add", "review.catalogue_add", catalogue_views.add, OFFICIAL, POST
    ),
    Route(
        "/review/catalogues/<int:batch_id>/entries/<int:certificate_id>",
        "review.catalogue_change",
        catalogue_views.change,
        OFFICIAL,
        POST,
    ),
    Route(
        "/review/catalogues/<int:batch_id>/publish",
        "review.catalogue_publish",
        catalogue_views.publish,
        OFFICIAL,
        POST,
    ),
    Route("/review/monitoring", "review.monitoring", monitoring_views.index, OFFICIAL),
    Route("/review/monitoring.xlsx", "review.monitoring_export", monitoring_views.export, OFFICIAL),
    Route(
        "/review/monitoring/<int:certificate_id>",
        "review.monitoring_certificate",
        monitoring_views.certificate,
        OFFICIAL,
    ),
    Route(
        "/review/monitoring/<int:certificate_id>/finding",
        "review.monitoring_record",
        monitoring_views.record,
        OFFICIAL,
        ("POST",),
    ),
    Route("/review/pilots", "review.pilots", pilot_views.index, OFFICIAL),
    Route(
        "/review/pilots/<int:supplier_id>/<any('confirm', 'refuse'):action>",
        "review.pilot_decide",
        pilot_views.decide,
        OFFICIAL,
        ("POST",),
    ),
    Route("/review/acknowledgements", "review.acknowledgements", acknowledgements.acknowledgements, OFFICIAL),
    Route(
        "/review/acknowledgements/<int:disbursement_id>",
        "review.acknowledge",
        acknowledgements.acknowledge,
        OFFICIAL,
        ("POST",),
    ),
    Route("/review/sheets", "review.sheets", sheet_views.index, OFFICIAL),
    Route("/review/sheets/<int:sheet_id>", "review.sheet", sheet_views.show, OFFICIAL),
    Route(
        "/review/sheets/<int:sheet_id>/households/<int:household_id>",
        "review.sheet_confirm",
        sheet_views.confirm,
        OFFICIAL,
        ("POST",),
    ),
    Route(
        "/review/sheets/<int:sheet_id>/return",
        "review.sheet_return",
        sheet_views.give_back,
        OFFICIAL,
        ("POST",),
    ),
]
