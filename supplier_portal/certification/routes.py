"""The part of the supplier's route table that leads to a certificate."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from supplier_portal.certification import agreement_views as agreements
from supplier_portal.certification import application_views as applications
from supplier_portal.certification import draft_views as writing
from supplier_portal.certification import product_views as products
from supplier_portal.certification import scan_views as scans
from supplier_portal.certification import sheet_views as sheets
from supplier_portal.certification import start_views as starting

MEMBER = Permission.SUPPLIER
POST, FORM = ("POST",), ("GET", "POST")
_ONE = "/supplier/applications/<int:application_id>"
_AGREEMENT = "/supplier/agreements/<int:agreement_id>"

CERTIFICATION = [
    Route("/supplier/products", "supplier.products", products.index, MEMBER),
    Route("/supplier/products/new", "supplier.product_new", products.new, MEMBER, FORM),
    Route("/supplier/products/<int:product_id>", "supplier.product", products.edit, MEMBER, FORM),
    Route("/supplier/agreements", "supplier.agreements", agreements.index, MEMBER),
    Route("/supplier/agreements/new", "supplier.agreement_new", agreements.new, MEMBER, FORM),
    Route("/supplier/agreements/<int:agreement_id>", "supplier.agreement", agreements.show, MEMBER),
    Route(
        "/supplier/agreements/<int:agreement_id>/edit",
        "supplier.agreement_edit",
        agreements.edit,
        MEMBER,
        FORM,
    ),
    Route(
        "/supplier/agreements/<int:agreement_id>/end",
        "supplier.agreement_end",
        agreements.end,
        Permission.SUPPLIER_OWNER,
        POST,
    ),
    Route(
        "/supplier/agreements/<int:agreement_id>/document",
        "supplier.agreement_document",
        agreements.document,
        MEMBER,
    ),
    Route(f"{_AGREEMENT}/amend", "supplier.agreement_amend", agreements.amend, MEMBER, FORM),
    Route(f"{_AGREEMENT}/print", "supplier.agreement_print", agreements.print_page, MEMBER),
    Route(f"{_AGREEMENT}/scans", "supplier.agreement_scan_add", scans.add, MEMBER, POST),
    Route(f"{_AGREEMENT}/scans/<int:scan_id>", "supplier.agreement_scan", scans.file, MEMBER),
    Route(
        f"{_AGREEMENT}/scans/<int:scan_id>/remove",
        "supplier.agreement_scan_remove",
        scans.remove,
        MEMBER,
        POST,
    ),
    Route("/supplier/sheets", "supplier.sheets", sheets.index, MEMBER),
    Route(f"{_AGREEMENT}/sheets/new", "supplier.sheet_new", sheets.new, MEMBER, FORM),
    Route(f"{_AGREEMENT}/sheets/template", "supplier.sheet_template", sheets.template, MEMBER),
    Route("/supplier/sheets/<int:sheet_id>", "supplier.sheet", sheets.show, MEMBER),
    Route("/supplier/sheets/<int:sheet_id>/edit", "supplier.sheet_edit", sheets.edit, MEMBER, FORM),
    Route("/supplier/sheets/<int:sheet_id>/submit", "supplier.sheet_submit", sheets.submit, MEMBER, POST),
    Route("/supplier/applications", "supplier.applications", applications.index, MEMBER),
    Route("/supplier/applications/new", "supplier.application_new", starting.new, MEMBER, FORM),
    Route(
        "/supplier/applications/submit", "supplier.applications_submit", starting.submit_several, MEMBER, POST
    ),
    Route(f"{_ONE}/copy", "supplier.application_copy", starting.copy, MEMBER, POST),
    Route(_ONE, "supplier.application", writing.application, MEMBER, FORM),
    Route(f"{_ONE}/evidence", "supplier.application_evidence", writing.evidence, MEMBER, POST),
    Route(
        f"{_ONE}/evidence/<int:evidence_id>", "supplier.application_document", applications.document, MEMBER
    ),
    Route(
        f"{_ONE}/evidence/<int:evidence_id>/remove",
        "supplier.application_evidence_remove",
        writing.evidence_remove,
        MEMBER,
        POST,
    ),
    Route(f"{_ONE}/submit", "supplier.application_submit", writing.submit, MEMBER, POST),
    Route(f"{_ONE}/answer", "supplier.application_answer", writing.answer, MEMBER, POST),
    Route(f"{_ONE}/withdraw", "supplier.application_withdraw", applications.withdraw, MEMBER, POST),
    Route(f"{_ONE}/sign", "supplier.application_sign", applications.sign, Permission.SUPPLIER_OWNER, FORM),
]
