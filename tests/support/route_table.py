"""Whose object every route with an object opens, said a second time and independently of the route tables."""

from catalog.products.models import ListingPicture, Sku
from marketplace.accounts.models import Role, ScopeKind
from orders.bulk.workflow import PurchaseState
from orders.ordering.models import Order
from tests.support import access_rules as rules
from tests.support import (
    linkage_things,
    message_things,
    moderation_things,
    money_things,
    office_things,
    register_things,
    review_things,
    safety_things,
    story_things,
    supplier_things,
    things,
    unit_things,
    visit_things,
)
from tests.support.access_rules import Access

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
    "media.video": Access(supplier_things.videos, _anyone),
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
    "stories.show": Access(story_things.stories, story_things.reader),
    "stories.picture": Access(story_things.pictures, story_things.reader),
    "supplier.story": Access(story_things.stories, rules.seller),
    "review.story": Access(story_things.for_officials, rules.official_over),
    "review.story_rewrite": Access(story_things.written_by_officials, rules.buyer),
    "suppliers.show": Access(things.admitted_suppliers, _anyone),
    "payments.webhook": Access(things.providers, _anyone),
    "/o/<checkout_token>": _secret,
    "/o/<checkout_token>/<number>": _secret_order,
    "refunds.cancel_guest": _secret_order,
    "visits.book": Access(visit_things.visit_dates, _anyone),
    "visits.move_guest": Access(things.orders(secret=True, visits=True), rules.holder_of_secret),
    "visits.move": Access(things.orders(visits=True), rules.buyer_or_unit, rules.reader_of_order),
    "fulfilment.receive_guest": _secret_order,
    "refunds.request_guest": _secret_order,
    "payments.proof": _secret_order,
    "payments.pay": _secret,
    "payments.start": _secret,
    **dict.fromkeys(("sandbox.show", "sandbox.choose", "sandbox.dispute"), Access(things.sessions, _anyone)),
    "member.change_address": Access(things.addresses, rules.buyer),
    "messages.show": Access(message_things.messages, rules.buyer),
    "messages.open": Access(message_things.messages, rules.buyer),
    "accounts.session_end": Access(safety_things.sessions, rules.buyer),
    "accounts.device_forget": Access(safety_things.trusted_devices, rules.buyer),
    "accounts.email_confirm": Access(message_things.email_links, _anyone),
    "api.product": Access(things.products_on_sale, _anyone),
    "api.product_dates": Access(visit_things.products_with_dates, _anyone),
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
    **dict.fromkeys(("help.card", "help.card_image"), Access(message_things.help_cards, _anyone)),
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
    "supplier.listing_visit": Access(visit_things.listings_of_visits, rules.seller),
    "supplier.listing_days": Access(visit_things.listings_of_visits, rules.seller),
    "supplier.listing_sale": Access(things.listings, rules.seller),
    "supplier.listing_picture_add": Access(things.listings, rules.seller),
    "supplier.listing_video": Access(things.listings, rules.seller),
    "supplier.listing_video_remove": Access(things.listings, rules.seller),
    "supplier.listing_picture_take": Access(things.listings, rules.seller),
    **dict.fromkeys(
        ("supplier.picture", "supplier.picture_delete"), Access(supplier_things.pictures, rules.seller)
    ),
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
    **moderation_things.OBJECTS,
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
    "backoffice.user_factor": Access(things.users, _anyone),
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
