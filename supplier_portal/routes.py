"""Route table of supplier_portal: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from supplier_portal.certificates import monitoring_views as certificate_monitoring
from supplier_portal.certificates import views as certificates
from supplier_portal.certification.routes import CERTIFICATION
from supplier_portal.collecting import views as collecting
from supplier_portal.fulfilment import views as fulfilment
from supplier_portal.households import views as households
from supplier_portal.listings.routes import LISTINGS
from supplier_portal.onboarding import paper_views as papers
from supplier_portal.onboarding import pilot_views as pilot
from supplier_portal.onboarding import views as onboarding
from supplier_portal.staff import views as staff
from supplier_portal.statements import views as statements
from supplier_portal.today import views as today

MEMBER, OWNER = Permission.SUPPLIER, Permission.SUPPLIER_OWNER
POST, FORM = ("POST",), ("GET", "POST")

ONBOARDING = [
    Route("/supplier/register", "supplier.register", onboarding.register, Permission.SIGNED_IN, FORM),
    Route("/supplier/switch", "supplier.switch", onboarding.switch, MEMBER, FORM),
    Route("/supplier/papers", "supplier.papers", papers.papers, MEMBER),
    Route("/supplier/papers/profile", "supplier.profile", onboarding.profile, OWNER, FORM),
    Route("/supplier/papers/contact", "supplier.contact", papers.contact, OWNER, FORM),
    Route("/supplier/papers/bank", "supplier.bank", papers.bank, OWNER, FORM),
    Route("/supplier/papers/bank/withdraw", "supplier.bank_withdraw", papers.bank_withdraw, OWNER, POST),
    Route("/supplier/papers/statement", "supplier.paper_statement", papers.statement, OWNER, FORM),
    Route("/supplier/papers/verification", "supplier.verification", papers.verification, MEMBER),
    Route(
        "/supplier/papers/verification/confirm",
        "supplier.verification_confirm",
        papers.verification_confirm,
        OWNER,
        POST,
    ),
    Route("/supplier/papers/household", "supplier.own_household", onboarding.own_household, OWNER, FORM),
    Route("/supplier/papers/sponsor", "supplier.own_sponsor", onboarding.own_sponsor, OWNER, FORM),
    Route("/supplier/papers/new", "supplier.paper_new", papers.paper_new, OWNER, FORM),
    Route("/supplier/papers/<int:paper_id>/file", "supplier.paper_file", papers.paper_file, MEMBER),
    Route(
        "/supplier/papers/<int:paper_id>/remove",
        "supplier.paper_remove",
        papers.paper_remove,
        OWNER,
        POST,
    ),
    Route("/supplier/papers/submit", "supplier.submit", onboarding.submit, OWNER, POST),
    Route("/supplier/sponsored", "supplier.sponsored", onboarding.sponsored, MEMBER),
    Route(
        "/supplier/sponsored/<int:pilot_id>",
        "supplier.sponsored_answer",
        onboarding.sponsored_answer,
        OWNER,
        POST,
    ),
]
HOUSEHOLDS = [
    Route("/supplier/households", "supplier.households", households.index, MEMBER),
    Route("/supplier/households/new", "supplier.household_new", households.new, MEMBER, FORM),
    Route("/supplier/households/<int:household_id>", "supplier.household", households.show, MEMBER),
    Route(
        "/supplier/households/<int:household_id>/contact",
        "supplier.household_contact",
        households.contact,
        MEMBER,
        FORM,
    ),
    Route(
        "/supplier/households/<int:household_id>/clear",
        "supplier.household_clear",
        households.clear,
        Permission.HOUSEHOLD_CLEAR,
        POST,
    ),
]
PILOT = [
    Route("/supplier/pilot", "supplier.pilot", pilot.start, Permission.SIGNED_IN),
    Route("/supplier/pilot/new", "supplier.pilot_new", pilot.new, Permission.SIGNED_IN, FORM),
    Route("/supplier/pilot/basics", "supplier.pilot_basics", pilot.basics, OWNER, FORM),
    Route("/supplier/pilot/household", "supplier.pilot_household", pilot.household, OWNER, FORM),
    Route("/supplier/pilot/sponsor", "supplier.pilot_sponsor", pilot.sponsor, OWNER, FORM),
    Route("/supplier/pilot/bank", "supplier.pilot_bank", pilot.bank, OWNER, FORM),
    Route("/supplier/pilot/review", "supplier.pilot_review", pilot.review, OWNER, FORM),
]
FULFILMENT = [
    Route("/supplier/orders", "supplier.orders", fulfilment.orders, MEMBER),
    Route("/supplier/orders/<number>", "supplier.order", fulfilment.order, MEMBER),
    Route("/supplier/orders/<number>/ship", "supplier.ship", fulfilment.ship, MEMBER, POST),
    Route("/supplier/orders/<number>/cancel", "supplier.order_cancel", fulfilment.cancel, MEMBER, POST),
    Route("/supplier/refunds", "supplier.refunds", fulfilment.refund_list, MEMBER),
    Route("/supplier/refunds/<int:refund_id>", "supplier.refund", fulfilment.refund, MEMBER, FORM),
    Route(
        "/supplier/refunds/<int:refund_id>/photo", "supplier.refund_photo", fulfilment.refund_photo, MEMBER
    ),
    Route("/supplier/receivables", "supplier.receivables", fulfilment.receivables, MEMBER),
    Route("/supplier/freight", "supplier.freight", fulfilment.freight, MEMBER, FORM),
    Route("/supplier/freight/remove", "supplier.freight_remove", fulfilment.freight_remove, MEMBER, POST),
]
STATEMENTS = [
    Route("/supplier/disbursements", "supplier.disbursements", statements.disbursements, MEMBER),
    Route(
        "/supplier/disbursements/new/<int:household_id>",
        "supplier.disbursement_new",
        statements.disburse,
        MEMBER,
        FORM,
    ),
    Route(
        "/supplier/disbursements/<int:disbursement_id>",
        "supplier.disbursement",
        statements.disbursement,
        MEMBER,
        FORM,
    ),
    Route("/supplier/statement", "supplier.statement", statements.statement, MEMBER),
    Route("/supplier/statement.csv", "supplier.statement_export", statements.export_statement, MEMBER),
]
COLLECTING = [
    Route("/supplier/outlets", "supplier.outlets", collecting.index, MEMBER),
    Route("/supplier/outlets/grant", "supplier.outlet_grant", collecting.grant, OWNER, POST),
    Route(
        "/supplier/outlets/<int:outlet_id>/withdraw",
        "supplier.outlet_withdraw",
        collecting.withdraw,
        OWNER,
        POST,
    ),
]
STAFF = [
    Route("/supplier/staff", "supplier.staff", staff.index, MEMBER),
    Route("/supplier/staff/invite", "supplier.staff_invite", staff.invite, OWNER, FORM),
    Route("/supplier/staff/<int:assignment_id>/end", "supplier.staff_end", staff.end, OWNER, FORM),
    Route("/supplier/staff/<int:assignment_id>/role", "supplier.staff_role", staff.role, OWNER, POST),
    Route(
        "/supplier/staff/invitations/<int:invitation_id>/withdraw",
        "supplier.staff_withdraw",
        staff.withdraw,
        OWNER,
        POST,
    ),
]
CERTIFICATES = [
    Route("/supplier/monitoring", "supplier.monitoring", certificate_monitoring.index, MEMBER),
    Route("/supplier/certificates", "supplier.certificates", certificates.index, MEMBER),
    Route("/supplier/certificates/<int:certificate_id>", "supplier.certificate", certificates.show, MEMBER),
    Route(
        "/supplier/certificates/<int:certificate_id>/renew",
        "supplier.certificate_renew",
        certificates.renew,
        OWNER,
        POST,
    ),
    Route(
        "/supplier/certificates/<int:certificate_id>/change",
        "supplier.certificate_change",
        certificates.change,
        OWNER,
        POST,
    ),
]
routes: list[Route] = [
    *CERTIFICATES,
    *STAFF,
    *FULFILMENT,
    Route("/supplier", "supplier.home", today.home, MEMBER),
    *ONBOARDING,
    *PILOT,
    *HOUSEHOLDS,
    *CERTIFICATION,
    *LISTINGS,
    *STATEMENTS,
    *COLLECTING,
]
