"""Every route of the shop and who it is for, said a second time and independently of the route tables.

A route that is not here fails the access test: somebody has to say who may use it.
"""

from catalog.products.models import ListingPicture, Sku
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Permission
from orders.bulk.workflow import PurchaseState
from orders.ordering.models import Order
from tests.support import access_rules as rules
from tests.support import (
    linkage_things,
    message_things,
    money_things,
    office_things,
    register_things,
    review_things,
    supplier_things,
    things,
    unit_things,
)
from tests.support.access_rules import Access

#: endpoints by the permission of all their methods
PERMISSIONS: dict[Permission, str] = {
    Permission.PUBLIC: """
        home.show seen.show seen.clear category.show search.show products.show villages.index villages.show pages.rules suppliers.show search.suggest outlets.index trace.show reviews.index questions.index
        regions.children media.picture health.live health.ready accounts.login accounts.register
        cart.show cart.add cart.update cart.via checkout.show
        certificates.verify certificates.show certificates.print certificates.document
        catalogues.index catalogues.show catalogues.sheet catalogues.document notices.index notices.show notices.object notices.batch notices.calendar
        objections.follow objections.withdraw
        my_orders.guest refunds.cancel_guest fulfilment.address_guest invoices.show_guest invoices.paper_guest refunds.show_guest refunds.act_guest refunds.photo_guest fulfilment.receive_guest refunds.request_guest
        payments.pay payments.proof payments.start payments.webhook
        api.document api.token_issue api.products api.product api.categories api.certificate api.regions
        api.notices api.notice api.catalogues api.catalogue
        api.cart api.cart_add api.cart_change api.cart_remove api.quote api.checkout_place api.checkout
        invitations.show accounts.email_confirm
    """,
    Permission.DEMO: "sandbox.show sandbox.choose sandbox.dispute api.sandbox_payment",
    Permission.SIGNED_IN: """
        api.token_revoke api.orders api.order
        accounts.email accounts.email_remove
        messages.index messages.read_all messages.choices messages.show messages.open
        accounts.logout accounts.password member.show member.data member.take_data member.close member.addresses member.change_address member.favourites products.favourite products.unfavourite products.wait products.unwait
        reviews.write reviews.follow_up reviews.report questions.ask questions.answer my_orders.index my_orders.show refunds.cancel refunds.request fulfilment.address invoices.show invoices.paper refunds.show refunds.act refunds.photo fulfilment.receive supplier.register supplier.pilot
        supplier.pilot_new settlement.voucher invitations.accept units.register
    """,
    Permission.SUPPLIER: """
        api.tracking_tell supplier.verification supplier.staff supplier.home supplier.switch supplier.papers supplier.paper_file supplier.sponsored
        supplier.certificates supplier.certificate supplier.monitoring
        supplier.households supplier.household supplier.household_contact supplier.household_new
        supplier.products supplier.product supplier.product_new
        supplier.agreements supplier.agreement supplier.agreement_document supplier.agreement_edit
        supplier.agreement_new supplier.agreement_amend supplier.agreement_print supplier.agreement_scan_add
        supplier.agreement_scan supplier.agreement_scan_remove
        supplier.sheets supplier.sheet supplier.sheet_new supplier.sheet_edit supplier.sheet_submit
        supplier.sheet_template supplier.lot supplier.lot_spoil supplier.lot_receipt
        supplier.applications supplier.application supplier.application_answer supplier.application_evidence
        supplier.application_document supplier.application_evidence_remove supplier.application_submit
        supplier.application_withdraw supplier.applications_submit supplier.application_copy
        supplier.application_new
        supplier.orders supplier.order supplier.order_cancel supplier.ship supplier.freight supplier.freight_remove
        supplier.reviews supplier.review supplier.questions supplier.refunds supplier.refund supplier.refund_photo supplier.disbursements supplier.disbursement
        supplier.listings supplier.listing supplier.listing_new supplier.listing_sale supplier.listing_picture
        supplier.listing_picture_add supplier.listing_tiers supplier.receivables supplier.listing_sku supplier.listing_sku_new supplier.listing_stock
        supplier.lots supplier.lot_new supplier.lot_voucher supplier.lot_adjust supplier.outlets
        supplier.disbursement_new supplier.statement supplier.statement_export supplier.coupons supplier.bills supplier.bill
        supplier.invoices supplier.invoices_export supplier.invoice supplier.invoice_paper supplier.invoice_paper_remove
        supplier.tax_rates supplier.tax_rate supplier.slip supplier.seen supplier.shipping supplier.shipping_table
        supplier.shipping_upload supplier.tracking_upload supplier.tracking_template
    """,
    Permission.SUPPLIER_OWNER: """
        supplier.staff_invite supplier.staff_end supplier.staff_withdraw supplier.staff_role
        supplier.contact supplier.bank_withdraw supplier.licence supplier.licence_withdraw supplier.paper_statement supplier.verification_confirm
        supplier.pilot_basics supplier.pilot_household supplier.pilot_sponsor supplier.pilot_bank
        supplier.pilot_review
        supplier.profile supplier.bank supplier.paper_new supplier.paper_remove supplier.own_household
        supplier.own_sponsor supplier.submit supplier.sponsored_answer supplier.agreement_end
        supplier.certificate_renew supplier.certificate_change supplier.coupon_new supplier.coupon_stop supplier.bill_check supplier.bill_object
        supplier.application_sign supplier.outlet_grant supplier.outlet_withdraw
    """,
    Permission.UNIT: """
        unit.home unit.switch unit.profile unit.paper unit.members unit.pairings unit.village
        unit.catalogue unit.purchases unit.purchase unit.purchase_print unit.acceptance unit.transfers
        unit.transfer_proof unit.orders unit.orders_export unit.order
    """,
    Permission.UNIT_BUYER: """
        unit.add unit.purchase_new unit.purchase_edit unit.purchase_lines unit.purchase_submit unit.purchase_cancel
        unit.accept
    """,
    Permission.UNIT_APPROVER: "unit.purchase_approve unit.purchase_return",
    Permission.UNIT_MANAGER: """
        unit.correct unit.contact unit.plan_edit unit.member_invite unit.member unit.member_change unit.member_end
        unit.invitation_withdraw
    """,
    Permission.OUTLET: """
        outlet.home outlet.switch outlet.pickups outlet.arrived outlet.hand_over outlet.goods outlet.basket
        outlet.basket_add outlet.orders outlet.order outlet.slip outlet.lots outlet.collect outlet.collect_sku
        outlet.receipt outlet.channel outlet.poster outlet.month
    """,
    Permission.HOUSEHOLD_CLEAR: "supplier.household_clear",
    Permission.HOUSEHOLD: """
        household.home household.statement household.acknowledge household.rights household.consent household.consent_withdraw
        household.consent_paper household.account household.account_withdraw
    """,
    Permission.REPORTS: """
        api.report_rows
        reports.home reports.orders reports.order reports.export reports.export_xlsx reports.export_orders
        reports.export_orders_xlsx
    """,
    Permission.OFFICIAL: """
        review.monitoring review.monitoring_export review.monitoring_certificate review.monitoring_record
        review.acknowledgements review.acknowledge review.pilots review.pilot_decide
        review.home review.past review.notices review.application review.document review.household review.households
        review.certificates review.certificate review.finding_new review.finding_close
        review.supervision review.hurry review.in_hand review.templates review.template_remove review.handover
        review.objections review.objection review.objection_take_up review.objection_release
        review.objection_evidence review.objection_decide review.objection_contact review.objection_document
        review.catalogues review.catalogue review.catalogue_add review.catalogue_change review.catalogue_publish
        review.sheets review.sheet review.sheet_confirm review.sheet_return
    """,
    Permission.FINANCE: """
        finance.receipts finance.receipts_template finance.receipts_upload finance.receipt_place
        finance.home finance.proofs finance.proof finance.proof_document finance.returns
        finance.return_confirm finance.return_retry finance.stray finance.ledger_close
        finance.bill_settle finance.bill_answer finance.bill_period finance.correction_new finance.correction_decide finance.correction_withdraw
    """,
    Permission.REGISTERS: """
        registers.households registers.household_new registers.household registers.household_status
        registers.household_move registers.household_people registers.household_clear
        registers.household_consent registers.household_consent_withdraw registers.household_consent_scan
        registers.household_bank registers.households_import registers.households_template
        registers.households_run registers.households_decide registers.households_errors
        registers.outlets registers.outlet registers.outlet_new registers.outlet_edit registers.outlet_state
        registers.outlet_appoint registers.outlet_dismiss registers.outlets_import registers.outlets_template
        registers.outlets_export registers.pairings registers.pairing registers.pairing_new
        registers.pairing_edit registers.pairing_withdraw registers.pairings_import
        registers.pairings_template registers.pairings_export
    """,
    Permission.AUDIT: "finance.bills finance.bill finance.disputes finance.disbursements finance.disbursements_export finance.ledger finance.ledger_export finance.order finance.corrections backoffice.operations backoffice.audit reports.verify reports.check",
    Permission.ADMIN: """
        backoffice.arbitrations backoffice.arbitration backoffice.arbitration_photo backoffice.reviews backoffice.review backoffice.review_decide backoffice.review_photo backoffice.questions backoffice.question backoffice.coupons backoffice.coupon_new backoffice.coupon_stop
        backoffice.home backoffice.parameters backoffice.parameter backoffice.suppliers backoffice.supplier
        backoffice.supplier_verify backoffice.supplier_household backoffice.supplier_requirement
        backoffice.papers backoffice.bank_changes backoffice.bank_change backoffice.bank_change_proof
        backoffice.licence_changes backoffice.licence_change backoffice.licence_change_proof
        backoffice.supplier_decide backoffice.supplier_approve backoffice.supplier_paper backoffice.users
        backoffice.user backoffice.user_disable backoffice.user_enable backoffice.user_grant
        backoffice.user_revoke backoffice.units backoffice.unit backoffice.unit_paper backoffice.unit_admit
        backoffice.unit_decide backoffice.operation_retry
    """,
}
PERMISSION_OF = {
    endpoint: permission for permission, text in PERMISSIONS.items() for endpoint in text.split()
}

_application = things.applications()
_secret_order = Access(things.orders(secret=True), rules.holder_of_secret)
_secret = Access(things.checkouts, rules.holder_of_secret)
_own_order = Access(things.orders(), rules.buyer_or_unit, rules.reader_of_order)
_purchase = unit_things.purchases()
_sold_order = Access(things.orders(), rules.seller)
_anyone = rules.anyone
_registered_outlet = Access(register_things.outlets(), rules.keeper_of_register)
_registered_pairing = Access(register_things.arrangements, rules.keeper_of_register)
_unit_role = Access(
    unit_things.members(
        ScopeKind.UNIT, Role.UNIT_MANAGER, Role.UNIT_BUYER, Role.UNIT_APPROVER, Role.UNIT_FINANCE
    ),
    rules.unit_manager,
)

#: Routes with an argument, by endpoint (by rule where an endpoint has two): what it names and for whom.
OBJECTS: dict[str, Access] = {
    "media.picture": Access(things.pictures, _anyone),
    "certificates.show": Access(things.certificate_numbers, _anyone),
    "certificates.print": Access(things.certificate_numbers, _anyone),
    "certificates.document": Access(things.certificate_numbers, _anyone),
    "catalogues.show": Access(office_things.published_catalogues, _anyone),
    "catalogues.sheet": Access(office_things.published_catalogues, _anyone),
    "catalogues.document": Access(office_things.published_catalogues, _anyone),
    "notices.show": Access(things.notices, _anyone),
    "notices.object": Access(things.notices, _anyone),
    "notices.batch": Access(office_things.batches, _anyone),
    **{
        f"review.objection{part}": Access(office_things.objections, rules.county_or_city_official)
        for part in ("", "_take_up", "_release", "_evidence", "_decide", "_contact")
    },
    "review.monitoring_certificate": Access(message_things.watched_certificates, rules.official_over),
    "review.monitoring_record": Access(
        message_things.watched_certificates, rules.county_or_city_official, rules.official_over
    ),
    "review.objection_document": Access(office_things.objection_documents, rules.county_or_city_official),
    "outlet.arrived": Access(things.orders_of_outlets(Order.pickup_outlet_id), rules.operator),
    "outlet.order": Access(things.orders_of_outlets(Order.placed_outlet_id), rules.operator),
    "outlet.slip": Access(things.orders_of_outlets(Order.placed_outlet_id), rules.operator),
    "outlet.receipt": Access(things.collected_lots, rules.operator),
    "outlet.collect_sku": Access(things.skus_to_collect, rules.operator),
    "cart.via": Access(things.outlet_codes, _anyone),
    "products.show": Access(things.listings_on_sale, _anyone),
    **dict.fromkeys(("products.favourite", "products.unfavourite"), Access(things.listings_shown, _anyone)),
    **dict.fromkeys(("products.wait", "products.unwait"), Access(things.skus_shown, _anyone)),
    "category.show": Access(things.categories, _anyone),
    "villages.show": Access(things.villages, _anyone),
    "suppliers.show": Access(things.admitted_suppliers, _anyone),
    "payments.webhook": Access(things.providers, _anyone),
    "/o/<checkout_token>": _secret,
    "/o/<checkout_token>/<number>": _secret_order,
    "refunds.cancel_guest": _secret_order,
    "fulfilment.receive_guest": _secret_order,
    "refunds.request_guest": _secret_order,
    "payments.proof": _secret_order,
    "payments.pay": _secret,
    "payments.start": _secret,
    **dict.fromkeys(("sandbox.show", "sandbox.choose", "sandbox.dispute"), Access(things.sessions, _anyone)),
    "member.change_address": Access(things.addresses, rules.buyer),
    "messages.show": Access(message_things.messages, rules.buyer),
    "messages.open": Access(message_things.messages, rules.buyer),
    "accounts.email_confirm": Access(message_things.email_links, _anyone),
    "api.product": Access(things.products_on_sale, _anyone),
    "api.certificate": Access(things.certificate_numbers, _anyone),
    "api.notice": Access(things.notices, _anyone),
    "api.catalogue": Access(office_things.published_catalogues, _anyone),
    "api.checkout": _secret,
    "api.sandbox_payment": _secret,
    "api.order": _own_order,
    "api.cart_change": Access(things.carted_skus, rules.buyer),
    "api.cart_remove": Access(things.carted_skus, rules.buyer),
    "my_orders.show": Access(things.orders(), rules.reader_of_order),
    "refunds.cancel": _own_order,
    "refunds.request": _own_order,
    "fulfilment.receive": _own_order,
    "supplier.household": Access(things.households_of_suppliers, rules.seller),
    "supplier.household_contact": Access(things.households_of_suppliers, rules.seller),
    "supplier.household_clear": Access(things.households_of_suppliers, rules.seller),
    "invitations.show": Access(unit_things.invitation_links, _anyone),
    "invitations.accept": Access(unit_things.invitation_links, _anyone),
    "supplier.staff_end": Access(
        unit_things.members(ScopeKind.SUPPLIER, Role.SUPPLIER_STAFF), rules.supplier_owner
    ),
    "supplier.staff_role": Access(
        unit_things.members(ScopeKind.SUPPLIER, Role.SUPPLIER_STAFF), rules.supplier_owner
    ),
    "supplier.staff_withdraw": Access(unit_things.invitations(ScopeKind.SUPPLIER), rules.supplier_owner),
    "unit.purchase": Access(_purchase, rules.unit_member),
    "unit.purchase_print": Access(
        unit_things.purchases(PurchaseState.SUBMITTED, PurchaseState.PLACED), rules.unit_member
    ),
    "unit.purchase_edit": Access(_purchase, rules.unit_buyer, rules.unit_member),
    "unit.purchase_lines": Access(_purchase, rules.unit_buyer),
    "unit.purchase_submit": Access(_purchase, rules.unit_buyer),
    "unit.purchase_cancel": Access(_purchase, rules.unit_buyer),
    "unit.purchase_approve": Access(_purchase, rules.unit_approver),
    "unit.purchase_return": Access(_purchase, rules.unit_approver),
    "unit.accept": Access(unit_things.batches, rules.unit_buyer),
    "unit.order": Access(unit_things.unit_orders, rules.unit_member),
    "unit.transfer_proof": Access(unit_things.unit_orders, rules.unit_payer, rules.unit_member),
    "unit.village": Access(unit_things.paired_villages, rules.unit_member),
    "unit.member": _unit_role,
    "unit.member_change": _unit_role,
    "unit.member_end": _unit_role,
    "unit.invitation_withdraw": Access(unit_things.invitations(ScopeKind.UNIT), rules.unit_manager),
    "supplier.paper_file": Access(things.papers(with_supplier=False), rules.seller),
    "supplier.paper_remove": Access(things.papers(with_supplier=False), rules.seller),
    "supplier.sponsored_answer": Access(things.suppliers("pilot_id"), rules.sponsor),
    "supplier.product": Access(things.products, rules.seller),
    "supplier.agreement": Access(things.agreements, rules.seller),
    "supplier.agreement_document": Access(things.documents, rules.seller),
    "supplier.agreement_edit": Access(things.agreements, rules.seller),
    "supplier.agreement_end": Access(things.agreements, rules.seller),
    "supplier.agreement_amend": Access(things.agreements, rules.seller),
    "supplier.agreement_print": Access(things.agreements, rules.seller),
    "supplier.agreement_scan_add": Access(things.agreements, rules.seller),
    "supplier.agreement_scan": Access(linkage_things.scans, rules.seller),
    "supplier.agreement_scan_remove": Access(linkage_things.scans, rules.seller),
    "supplier.sheet_new": Access(linkage_things.paying_agreements, rules.seller),
    "supplier.sheet_template": Access(things.agreements, rules.seller),
    "supplier.sheet": Access(linkage_things.sheets, rules.seller),
    "supplier.sheet_edit": Access(linkage_things.sheets, rules.seller),
    "supplier.sheet_submit": Access(linkage_things.sheets, rules.seller),
    "review.sheet": Access(linkage_things.asked_sheets, linkage_things.asked_village),
    "review.sheet_confirm": Access(linkage_things.asked_rows, rules.village_official),
    "review.sheet_return": Access(linkage_things.asked_sheets, linkage_things.asked_village),
    "trace.show": Access(linkage_things.traced_lots, _anyone),
    "supplier.application": Access(_application, rules.seller, rules.seller_or_sponsor),
    "supplier.application_answer": Access(_application, rules.seller, rules.seller_or_sponsor),
    "supplier.application_evidence": Access(_application, rules.seller, rules.seller_or_sponsor),
    "supplier.application_submit": Access(_application, rules.seller, rules.seller_or_sponsor),
    "supplier.application_withdraw": Access(_application, rules.seller, rules.seller_or_sponsor),
    "supplier.application_sign": Access(_application, rules.sponsor, rules.seller_or_sponsor),
    "supplier.application_document": Access(things.applications(part="evidence_id"), rules.seller_or_sponsor),
    "supplier.application_evidence_remove": Access(
        things.applications(part="evidence_id"), rules.seller, rules.seller_or_sponsor
    ),
    "supplier.order": _sold_order,
    "supplier.order_cancel": _sold_order,
    "supplier.ship": _sold_order,
    "supplier.listing": Access(things.listings, rules.seller),
    "supplier.listing_sale": Access(things.listings, rules.seller),
    "supplier.listing_picture_add": Access(things.listings, rules.seller),
    "supplier.listing_sku_new": Access(things.listings, rules.seller),
    "supplier.listing_picture": Access(things.parts_of_listing("picture_id", ListingPicture), rules.seller),
    "supplier.listing_tiers": Access(things.parts_of_listing("sku_id", Sku), rules.seller),
    "supplier.listing_sku": Access(things.parts_of_listing("sku_id", Sku), rules.seller),
    "supplier.listing_stock": Access(things.skus, rules.seller),
    "supplier.lot_adjust": Access(things.stock_rows, rules.seller),
    "supplier.lot": Access(linkage_things.lots, rules.seller),
    "supplier.lot_spoil": Access(linkage_things.lots, rules.seller),
    "supplier.lot_receipt": Access(linkage_things.lots, rules.seller),
    "supplier.lot_voucher": Access(things.lots_with_voucher, rules.seller),
    "supplier.outlet_withdraw": Access(things.outlets_of_suppliers, rules.seller),
    "supplier.disbursement": Access(things.disbursements, rules.seller),
    "supplier.disbursement_new": Access(things.households_of_suppliers, rules.seller),
    "settlement.voucher": Access(things.disbursements, rules.party_to_payout),
    "household.acknowledge": Access(things.disbursements, rules.household_member),
    "household.consent": Access(register_things.own_households(purpose="picture"), rules.household_member),
    "household.consent_paper": Access(register_things.own_consents, rules.household_member),
    "household.consent_withdraw": Access(register_things.own_consents, rules.household_member),
    "household.account": Access(register_things.own_households(), rules.household_member),
    "household.account_withdraw": Access(register_things.own_changes, rules.household_member),
    "review.acknowledge": Access(things.disbursements, rules.village_official),
    "reports.order": Access(things.reported_orders, rules.reader_of_reports),
    "review.application": Access(_application, rules.official_over),
    "review.document": Access(things.applications(part="media_id"), rules.official_over),
    "review.household": Access(
        things.applications(part="household_id"), rules.village_official, rules.official_over
    ),
    "review.households": Access(_application, rules.asked_village, rules.official_over),
    "review.certificate": Access(
        things.certificates, rules.county_or_city_official, rules.county_or_city_official
    ),
    "review.hurry": Access(_application, rules.supervisor, rules.official_over),
    "review.in_hand": Access(_application, rules.official_over),
    "review.template_remove": Access(office_things.wordings, rules.buyer),
    "review.finding_new": Access(things.certificates, rules.county_or_city_official),
    "review.finding_close": Access(office_things.findings, rules.county_or_city_official),
    "review.catalogue": Access(office_things.catalogues, rules.city_official),
    "review.catalogue_add": Access(office_things.catalogues, rules.city_official),
    "review.catalogue_change": Access(office_things.catalogue_entries, rules.city_official),
    "review.catalogue_publish": Access(office_things.catalogues, rules.city_official),
    **money_things.OBJECTS,
    **review_things.OBJECTS,
    "supplier.certificate_renew": Access(things.certificates, rules.supplier_owner, rules.seller_or_sponsor),
    "supplier.certificate_change": Access(things.certificates, rules.supplier_owner, rules.seller_or_sponsor),
    "supplier.application_copy": Access(_application, rules.seller, rules.seller_or_sponsor),
    "supplier.certificate": Access(things.certificates, rules.seller_or_sponsor),
    "finance.proof": Access(things.proofs, _anyone),
    "finance.proof_document": Access(things.proofs, _anyone),
    **dict.fromkeys(("finance.order", "finance.correction_new"), Access(things.orders(), _anyone)),
    **dict.fromkeys(("finance.return_confirm", "finance.return_retry"), Access(things.returns, _anyone)),
    "backoffice.parameter": Access(things.parameters, _anyone),
    "backoffice.supplier": Access(things.suppliers(), _anyone),
    "backoffice.supplier_approve": Access(things.suppliers(), _anyone),
    "backoffice.supplier_decide": Access(things.suppliers(action="return"), _anyone),
    "backoffice.supplier_verify": Access(things.suppliers(), _anyone),
    "backoffice.supplier_household": Access(supplier_things.handed_in_pilots, _anyone),
    "backoffice.supplier_requirement": Access(things.suppliers(code="identity", action="verify"), _anyone),
    "backoffice.bank_change": Access(supplier_things.bank_changes, _anyone),
    "backoffice.bank_change_proof": Access(supplier_things.bank_changes, _anyone),
    "backoffice.licence_change": Access(supplier_things.licence_changes, _anyone),
    "backoffice.licence_change_proof": Access(supplier_things.licence_changes, _anyone),
    "review.pilot_decide": Access(supplier_things.waiting_pilots, rules.village_official),
    "backoffice.supplier_paper": Access(things.papers(with_supplier=True), _anyone),
    "backoffice.user": Access(things.users, _anyone),
    "backoffice.user_disable": Access(things.users, _anyone),
    "backoffice.user_enable": Access(things.users, _anyone),
    "backoffice.user_grant": Access(things.users, _anyone),
    "backoffice.user_revoke": Access(things.assignments, _anyone),
    "backoffice.unit": Access(register_things.units(), _anyone),
    "backoffice.unit_paper": Access(register_things.units_with_paper, _anyone),
    "backoffice.unit_admit": Access(register_things.units(), _anyone),
    "backoffice.unit_decide": Access(register_things.units(action="return"), _anyone),
    "backoffice.operation_retry": Access(register_things.messages, _anyone),
    **{
        f"registers.household{part}": Access(register_things.households, rules.keeper_of_register)
        for part in ("", "_status", "_move", "_people", "_consent")
    },
    "registers.household_clear": Access(
        register_things.households, rules.official_of_register, rules.keeper_of_register
    ),
    "registers.household_consent_withdraw": Access(register_things.consents, rules.keeper_of_register),
    "registers.household_consent_scan": Access(register_things.consents, rules.keeper_of_register),
    "registers.household_bank": Access(
        register_things.household_changes, rules.village_official, rules.keeper_of_register
    ),
    **{
        f"registers.households_{part}": Access(register_things.import_runs, rules.buyer)
        for part in ("run", "decide", "errors")
    },
    "registers.outlet": _registered_outlet,
    "registers.outlet_edit": _registered_outlet,
    "registers.outlet_state": _registered_outlet,
    "registers.outlet_appoint": _registered_outlet,
    "registers.outlet_dismiss": Access(register_things.outlet_operators, rules.keeper_of_register),
    "registers.pairing": _registered_pairing,
    "registers.pairing_edit": _registered_pairing,
    "registers.pairing_withdraw": _registered_pairing,
}
