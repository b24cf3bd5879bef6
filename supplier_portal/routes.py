"""Route table of supplier_portal: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from supplier_portal.certificates import monitoring_views as certificate_monitoring
from supplier_portal.certificates import views as certificates
from supplier_portal.certification.routes import CERTIFICATION
from supplier_portal.collecting import views as collecting
from supplier_portal.coupons import views as coupons
from supplier_portal.fulfilment import after_sales_views as after_sales
from supplier_portal.fulfilment import shipping_views as shipping
from supplier_portal.fulfilment import views as fulfilment
from supplier_portal.households import views as households
from supplier_portal.invoices import views as invoices
from supplier_portal.listings.routes import LISTINGS
from supplier_portal.onboarding import licence_views as licences
from supplier_portal.onboarding import paper_views as papers
from supplier_portal.onboarding import pilot_views as pilot
from supplier_portal.onboarding import views as onboarding
from supplier_portal.questions import views as questions
from supplier_portal.reviews import views as reviews
from supplier_portal.staff import views as staff
from supplier_portal.statements import bill_views as bills
from supplier_portal.statements import views as statements
from supplier_portal.stories import views as stories
from supplier_portal.today import views as today
from supplier_portal.visits import calendar_views as visit_calendar
from supplier_portal.visits import views as visits

MEMBER, OWNER = Permission.SUPPLIER, Permission.SUPPLIER_OWNER
POST, FORM = ("POST",), ("GET", "POST")

BILLS = [
    Route("/supplier/bills", "supplier.bills", bills.bills, MEMBER),
    Route("/supplier/bills.csv", "supplier.bills_export", bills.export, MEMBER),
    Route("/supplier/bills/<int:bill_id>", "supplier.bill", bills.bill, MEMBER),
    Route("/supplier/bills/<int:bill_id>/check", "supplier.bill_check", bills.bill_check, OWNER, POST),
    Route("/supplier/bills/<int:bill_id>/object", "supplier.bill_object", bills.bill_object, OWNER, POST),
    Route(
        "/supplier/bills/<int:bill_id>/withdraw", "supplier.bill_withdraw", bills.bill_withdraw, OWNER, POST
    ),
]

COUPONS = [
    Route("/supplier/coupons", "supplier.coupons", coupons.coupons, MEMBER),
    Route("/supplier/coupons/new", "supplier.coupon_new", coupons.coupon_new, OWNER, FORM),
    Route("/supplier/coupons/<int:coupon_id>/stop", "supplier.coupon_stop", coupons.coupon_stop, OWNER, POST),
]

ONBOARDING = [
    Route("/supplier/register", "supplier.register", onboarding.register, Permission.SIGNED_IN, FORM),
    Route("/supplier/switch", "supplier.switch", onboarding.switch, MEMBER, FORM),
    Route("/supplier/papers", "supplier.papers", papers.papers, MEMBER),
    Route("/supplier/papers/profile", "supplier.profile", onboarding.profile, OWNER, FORM),
    Route("/supplier/papers/contact", "supplier.contact", papers.contact, OWNER, FORM),
    Route("/supplier/papers/bank", "supplier.bank", papers.bank, OWNER, FORM),
    Route("/supplier/papers/bank/withdraw", "supplier.bank_withdraw", papers.bank_withdraw, OWNER, POST),
    Route("/supplier/papers/licence", "supplier.licence", licences.licence, OWNER, FORM),
    Route(
        "/supplier/papers/licence/withdraw",
        "supplier.licence_withdraw",
        licences.licence_withdraw,
        OWNER,
        POST,
    ),
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
VISITS = [
    Route("/supplier/visits", "supplier.visits", visits.index, MEMBER),
    Route("/supplier/visits/redeem", "supplier.visit_redeem", visits.redeem, MEMBER, FORM),
    Route(
        "/supplier/listings/<int:listing_id>/visit",
        "supplier.listing_visit",
        visit_calendar.offer,
        MEMBER,
        FORM,
    ),
    Route(
        "/supplier/listings/<int:listing_id>/days", "supplier.listing_days", visit_calendar.days, MEMBER, FORM
    ),
]
FULFILMENT = [
    Route("/supplier/orders", "supplier.orders", fulfilment.orders, MEMBER),
    Route("/supplier/orders.csv", "supplier.orders_export", fulfilment.export, MEMBER),
    Route("/supplier/orders/<number>", "supplier.order", fulfilment.order, MEMBER),
    Route("/supplier/orders/<number>/ship", "supplier.ship", fulfilment.ship, MEMBER, POST),
    Route("/supplier/orders/<number>/cancel", "supplier.order_cancel", fulfilment.cancel, MEMBER, POST),
    Route("/supplier/refunds", "supplier.refunds", after_sales.refund_list, MEMBER),
    Route("/supplier/refunds.csv", "supplier.refunds_export", after_sales.export, MEMBER),
    Route("/supplier/refunds/<int:refund_id>", "supplier.refund", after_sales.refund, MEMBER, FORM),
    Route(
        "/supplier/refunds/<int:refund_id>/photos/<int:position>",
        "supplier.refund_photo",
        after_sales.refund_photo,
        MEMBER,
    ),
    Route("/supplier/reviews", "supplier.reviews", reviews.reviews, MEMBER),
    Route("/supplier/reviews/<int:review_id>", "supplier.review", reviews.review, MEMBER, FORM),
    Route("/supplier/stories", "supplier.stories", stories.index, MEMBER),
    Route("/supplier/stories/new", "supplier.story_new", stories.new, MEMBER, FORM),
    Route("/supplier/stories/<int:story_id>", "supplier.story", stories.story, MEMBER, FORM),
    Route("/supplier/questions", "supplier.questions", questions.questions, MEMBER),
    Route("/supplier/invoices", "supplier.invoices", invoices.index, MEMBER),
    Route("/supplier/invoices/export", "supplier.invoices_export", invoices.export, MEMBER),
    Route("/supplier/invoices/<int:request_id>", "supplier.invoice", invoices.invoice, MEMBER, FORM),
    Route(
        "/supplier/invoices/<int:request_id>/papers/<int:paper_id>",
        "supplier.invoice_paper",
        invoices.paper,
        MEMBER,
    ),
    Route(
        "/supplier/invoices/<int:request_id>/papers/<int:paper_id>/remove",
        "supplier.invoice_paper_remove",
        invoices.paper_remove,
        MEMBER,
        POST,
    ),
    Route("/supplier/tax-rates", "supplier.tax_rates", invoices.rates, MEMBER),
    Route("/supplier/tax-rates/<int:product_id>", "supplier.tax_rate", invoices.rate, MEMBER, FORM),
    Route("/supplier/receivables", "supplier.receivables", fulfilment.receivables, MEMBER),
    Route("/supplier/orders/<number>/slip.pdf", "supplier.slip", shipping.slip, MEMBER),
    Route(
        "/supplier/orders/<number>/parcels/<int:delivery_id>/seen",
        "supplier.seen",
        shipping.seen,
        MEMBER,
        POST,
    ),
    Route("/supplier/shipping", "supplier.shipping", shipping.shipping, MEMBER),
    Route("/supplier/shipping/table", "supplier.shipping_table", shipping.table, MEMBER),
    Route("/supplier/shipping/upload", "supplier.shipping_upload", shipping.upload_shipped, MEMBER, POST),
    Route("/supplier/shipping/tracking", "supplier.tracking_upload", shipping.upload_seen, MEMBER, POST),
    Route(
        "/supplier/shipping/tracking-template",
        "supplier.tracking_template",
        shipping.tracking_template,
        MEMBER,
    ),
    Route("/supplier/freight", "supplier.freight", fulfilment.freight, MEMBER, FORM),
    Route("/supplier/freight/remove", "supplier.freight_remove", fulfilment.freight_remove, MEMBER, POST),
]
STATEMENTS = [
    Route("/supplier/disbursements", "supplier.disbursements", statements.disbursements, MEMBER),
    Route(
        "/supplier/disbursements.csv",
        "supplier.disbursements_export",
        statements.export_disbursements,
        MEMBER,
    ),
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
    *VISITS,
    Route("/supplier", "supplier.home", today.home, MEMBER),
    *ONBOARDING,
    *PILOT,
    *HOUSEHOLDS,
    *CERTIFICATION,
    *LISTINGS,
    *STATEMENTS,
    *BILLS,
    *COUPONS,
    *COLLECTING,
]
