"""Route table of marketplace.backoffice: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.backoffice.arbitration import views as arbitrations
from marketplace.backoffice.attributes.routes import ATTRIBUTES
from marketplace.backoffice.coupons import views as coupons
from marketplace.backoffice.finance.routes import FINANCE
from marketplace.backoffice.goods.routes import GOODS
from marketplace.backoffice.home import views as home
from marketplace.backoffice.home_page.routes import HOME_PAGE
from marketplace.backoffice.operations import views as operations
from marketplace.backoffice.people import views as people
from marketplace.backoffice.questions import views as questions
from marketplace.backoffice.records import views as records
from marketplace.backoffice.registers import household_import_views as household_imports
from marketplace.backoffice.registers import household_views as households
from marketplace.backoffice.registers import import_views as imports
from marketplace.backoffice.registers import outlet_views as outlets
from marketplace.backoffice.registers import pairing_views as pairings
from marketplace.backoffice.reviews import views as reviews
from marketplace.backoffice.suppliers import licence_views as licences
from marketplace.backoffice.suppliers import views as suppliers
from marketplace.backoffice.suppliers import watch_views as watch
from marketplace.backoffice.units import views as units
from marketplace.kernel.web import Route

ADMIN, AUDIT, REGISTERS = Permission.ADMIN, Permission.AUDIT, Permission.REGISTERS
POST, FORM = ("POST",), ("GET", "POST")

COUPONS = [
    Route("/admin/coupons", "backoffice.coupons", coupons.coupons, ADMIN),
    Route("/admin/coupons/new", "backoffice.coupon_new", coupons.coupon_new, ADMIN, FORM),
    Route("/admin/coupons/<int:coupon_id>/stop", "backoffice.coupon_stop", coupons.coupon_stop, ADMIN, POST),
]

ARBITRATIONS = [
    Route("/admin/arbitrations", "backoffice.arbitrations", arbitrations.index, ADMIN),
    Route("/admin/arbitrations/<int:refund_id>", "backoffice.arbitration", arbitrations.show, ADMIN, FORM),
    Route(
        "/admin/arbitrations/<int:refund_id>/photos/<int:position>",
        "backoffice.arbitration_photo",
        arbitrations.photo,
        ADMIN,
    ),
]

REVIEWS = [
    Route("/admin/reviews", "backoffice.reviews", reviews.index, ADMIN),
    Route("/admin/reviews/<int:review_id>", "backoffice.review", reviews.show, ADMIN),
    Route(
        "/admin/reviews/<int:review_id>/<any('hide', 'show', 'keep'):action>",
        "backoffice.review_decide",
        reviews.decide,
        ADMIN,
        ("POST",),
    ),
    Route(
        "/admin/reviews/<int:review_id>/photos/<int:position>",
        "backoffice.review_photo",
        reviews.photo,
        ADMIN,
    ),
]

QUESTIONS = [
    Route("/admin/questions", "backoffice.questions", questions.index, ADMIN),
    Route("/admin/questions/<int:question_id>", "backoffice.question", questions.show, ADMIN, FORM),
]

SUPPLIERS = [
    Route("/admin/suppliers", "backoffice.suppliers", suppliers.index, ADMIN),
    Route("/admin/suppliers/<int:supplier_id>", "backoffice.supplier", suppliers.show, ADMIN),
    Route(
        "/admin/suppliers/<int:supplier_id>/papers/<int:paper_id>",
        "backoffice.supplier_paper",
        suppliers.paper,
        ADMIN,
    ),
    Route(
        "/admin/suppliers/<int:supplier_id>/approve",
        "backoffice.supplier_approve",
        suppliers.approve,
        ADMIN,
        POST,
    ),
    Route(
        "/admin/suppliers/<int:supplier_id>/<any('return', 'suspend', 'reinstate', 'verify_return'):action>",
        "backoffice.supplier_decide",
        suppliers.decide,
        ADMIN,
        POST,
    ),
    Route(
        "/admin/suppliers/<int:supplier_id>/verify",
        "backoffice.supplier_verify",
        suppliers.verify,
        ADMIN,
        POST,
    ),
    Route(
        "/admin/suppliers/<int:supplier_id>/household",
        "backoffice.supplier_household",
        suppliers.household,
        ADMIN,
        POST,
    ),
    Route(
        "/admin/suppliers/<int:supplier_id>/requirements/<code>/<any('verify', 'send_back', 'waive'):action>",
        "backoffice.supplier_requirement",
        suppliers.requirement,
        ADMIN,
        POST,
    ),
    Route("/admin/papers", "backoffice.papers", watch.papers, ADMIN),
    Route("/admin/bank-changes", "backoffice.bank_changes", watch.changes, ADMIN),
    Route("/admin/bank-changes/<int:change_id>", "backoffice.bank_change", watch.change, ADMIN, FORM),
    Route("/admin/bank-changes/<int:change_id>/proof", "backoffice.bank_change_proof", watch.proof, ADMIN),
    Route("/admin/licence-changes", "backoffice.licence_changes", licences.index, ADMIN),
    Route("/admin/licence-changes/<int:change_id>", "backoffice.licence_change", licences.show, ADMIN, FORM),
    Route(
        "/admin/licence-changes/<int:change_id>/proof",
        "backoffice.licence_change_proof",
        licences.proof,
        ADMIN,
    ),
]
UNITS = [
    Route("/admin/units", "backoffice.units", units.index, ADMIN),
    Route("/admin/units/<int:unit_id>", "backoffice.unit", units.show, ADMIN),
    Route("/admin/units/<int:unit_id>/paper", "backoffice.unit_paper", units.paper, ADMIN),
    Route("/admin/units/<int:unit_id>/admit", "backoffice.unit_admit", units.admit, ADMIN, POST),
    Route(
        "/admin/units/<int:unit_id>/<any('return', 'suspend', 'reinstate'):action>",
        "backoffice.unit_decide",
        units.decide,
        ADMIN,
        POST,
    ),
]
PEOPLE = [
    Route("/admin/users", "backoffice.users", people.index, ADMIN),
    Route("/admin/users/<int:user_id>", "backoffice.user", people.show, ADMIN),
    Route("/admin/users/<int:user_id>/roles", "backoffice.user_grant", people.grant, ADMIN, POST),
    Route(
        "/admin/users/<int:user_id>/roles/<int:assignment_id>/revoke",
        "backoffice.user_revoke",
        people.revoke,
        ADMIN,
        POST,
    ),
    Route("/admin/users/<int:user_id>/enable", "backoffice.user_enable", people.enable, ADMIN, POST),
    Route(
        "/admin/users/<int:user_id>/reset-factor", "backoffice.user_factor", people.reset_factor, ADMIN, POST
    ),
    Route("/admin/users/<int:user_id>/disable", "backoffice.user_disable", people.disable, ADMIN, POST),
]
RECORDS = [
    Route("/admin/audit", "backoffice.audit", records.audit, AUDIT),
    Route("/admin/parameters", "backoffice.parameters", records.parameters, ADMIN),
    Route("/admin/parameters/<key>", "backoffice.parameter", records.parameter, ADMIN, FORM),
]
OPERATIONS = [
    Route("/admin/operations", "backoffice.operations", operations.index, AUDIT),
    Route(
        "/admin/operations/<int:message_id>/retry",
        "backoffice.operation_retry",
        operations.retry,
        ADMIN,
        POST,
    ),
    Route("/admin/operations/send", "backoffice.operations_send", operations.send_held, ADMIN, POST),
    Route("/admin/operations/drop", "backoffice.operations_drop", operations.drop_held, ADMIN, POST),
]
OUTLETS = [
    Route("/registers/outlets", "registers.outlets", outlets.index, REGISTERS),
    Route("/registers/outlets/new", "registers.outlet_new", outlets.new, REGISTERS, FORM),
    Route("/registers/outlets/import", "registers.outlets_import", imports.outlets, REGISTERS, FORM),
    Route("/registers/outlets/template", "registers.outlets_template", outlets.template, REGISTERS),
    Route("/registers/outlets/export", "registers.outlets_export", outlets.export, REGISTERS),
    Route("/registers/outlets/<int:outlet_id>", "registers.outlet", outlets.show, REGISTERS),
    Route("/registers/outlets/<int:outlet_id>/edit", "registers.outlet_edit", outlets.edit, REGISTERS, FORM),
    Route(
        "/registers/outlets/<int:outlet_id>/state",
        "registers.outlet_state",
        outlets.set_state,
        REGISTERS,
        POST,
    ),
    Route(
        "/registers/outlets/<int:outlet_id>/operators",
        "registers.outlet_appoint",
        outlets.appoint,
        REGISTERS,
        POST,
    ),
    Route(
        "/registers/outlets/<int:outlet_id>/operators/<int:assignment_id>/revoke",
        "registers.outlet_dismiss",
        outlets.dismiss,
        REGISTERS,
        POST,
    ),
]
PAIRINGS = [
    Route("/registers/pairings", "registers.pairings", pairings.index, REGISTERS),
    Route("/registers/pairings/new", "registers.pairing_new", pairings.new, REGISTERS, FORM),
    Route("/registers/pairings/import", "registers.pairings_import", imports.pairings, REGISTERS, FORM),
    Route("/registers/pairings/template", "registers.pairings_template", pairings.template, REGISTERS),
    Route("/registers/pairings/export", "registers.pairings_export", pairings.export, REGISTERS),
    Route("/registers/pairings/<int:arrangement_id>", "registers.pairing", pairings.show, REGISTERS),
    Route(
        "/registers/pairings/<int:arrangement_id>/edit",
        "registers.pairing_edit",
        pairings.edit,
        REGISTERS,
        FORM,
    ),
    Route(
        "/registers/pairings/<int:arrangement_id>/withdraw",
        "registers.pairing_withdraw",
        pairings.withdraw,
        REGISTERS,
        POST,
    ),
]
_ONE = "/registers/households/<int:household_id>"
HOUSEHOLDS = [
    Route("/registers/households", "registers.households", households.index, Permission.REGISTERS),
    Route(
        "/registers/households/new",
        "registers.household_new",
        households.new,
        Permission.REGISTERS,
        ("GET", "POST"),
    ),
    Route(_ONE, "registers.household", households.show, Permission.REGISTERS),
    *(
        Route(f"{_ONE}/{path}", f"registers.household_{path}", view, Permission.REGISTERS, ("POST",))
        for path, view in (
            ("status", households.change_status),
            ("move", households.move),
            ("people", households.people),
            ("clear", households.clear),
            ("consent", households.consent),
        )
    ),
    Route(
        f"{_ONE}/consents/<int:consent_id>/withdraw",
        "registers.household_consent_withdraw",
        households.consent_withdraw,
        Permission.REGISTERS,
        ("POST",),
    ),
    Route(
        f"{_ONE}/consents/<int:consent_id>",
        "registers.household_consent_scan",
        households.consent_scan,
        Permission.REGISTERS,
    ),
    Route(
        f"{_ONE}/bank/<int:change_id>",
        "registers.household_bank",
        households.bank,
        Permission.REGISTERS,
        ("POST",),
    ),
    Route(
        "/registers/households/import",
        "registers.households_import",
        household_imports.index,
        Permission.REGISTERS,
        ("GET", "POST"),
    ),
    Route(
        "/registers/households/import/template",
        "registers.households_template",
        household_imports.template,
        Permission.REGISTERS,
    ),
    Route(
        "/registers/households/import/<int:run_id>",
        "registers.households_run",
        household_imports.run,
        Permission.REGISTERS,
    ),
    Route(
        "/registers/households/import/<int:run_id>/decide",
        "registers.households_decide",
        household_imports.decide,
        Permission.REGISTERS,
        ("POST",),
    ),
    Route(
        "/registers/households/import/<int:run_id>/errors",
        "registers.households_errors",
        household_imports.errors,
        Permission.REGISTERS,
    ),
]
routes: list[Route] = [
    *HOUSEHOLDS,
    *FINANCE,
    Route("/admin", "backoffice.home", home.home, ADMIN),
    *SUPPLIERS,
    *COUPONS,
    *ATTRIBUTES,
    *HOME_PAGE,
    *GOODS,
    *ARBITRATIONS,
    *REVIEWS,
    *QUESTIONS,
    *UNITS,
    *PEOPLE,
    *RECORDS,
    *OPERATIONS,
    *OUTLETS,
    *PAIRINGS,
]
