"""Which permission every route asks, said a second time and independently of the route tables.

A route that is not here fails the access test: somebody has to say who may use it.
"""

from marketplace.accounts.policies import Permission

#: endpoints by the permission of all their methods
PERMISSIONS: dict[Permission, str] = {
    Permission.PUBLIC: """
        home.show help.card help.card_image stories.index stories.show stories.picture delivery.choose seen.show seen.clear category.show search.show products.show villages.index villages.show pages.rules suppliers.show search.suggest outlets.index trace.show reviews.index questions.index
        regions.children media.picture media.video health.live health.ready accounts.login accounts.login_code accounts.register
        cart.show cart.add cart.update cart.via checkout.show
        certificates.verify certificates.show certificates.print certificates.document
        catalogues.index catalogues.show catalogues.sheet catalogues.document notices.index notices.show notices.object notices.batch notices.calendar
        objections.follow objections.withdraw
        visits.book visits.move_guest
        my_orders.guest my_orders.again_guest refunds.cancel_guest fulfilment.address_guest invoices.show_guest invoices.paper_guest refunds.show_guest refunds.act_guest refunds.photo_guest fulfilment.receive_guest refunds.request_guest
        payments.pay payments.proof payments.start payments.webhook
        api.document api.token_issue api.products api.product api.product_dates api.categories api.certificate api.regions
        api.notices api.notice api.catalogues api.catalogue
        api.cart api.cart_add api.cart_change api.cart_remove api.quote api.checkout_place api.checkout
        api.visit_quote api.visit_book
        units.about invitations.show accounts.email_confirm accounts.forgot accounts.reset
    """,
    Permission.DEMO: "sandbox.show sandbox.choose sandbox.dispute api.sandbox_payment",
    Permission.SIGNED_IN: """
        api.token_revoke api.orders api.order
        accounts.email accounts.email_remove accounts.sessions accounts.sessions_end_others accounts.session_end accounts.device_forget
        accounts.factor accounts.factor_start accounts.factor_confirm accounts.factor_codes accounts.factor_remove
        messages.index messages.read_all messages.choices messages.show messages.open
        accounts.logout accounts.password help.show help.share help.take_back help.own_picture member.show member.data member.take_data member.close member.addresses member.change_address member.favourites products.favourite products.unfavourite products.wait products.unwait
        reviews.write reviews.follow_up reviews.report questions.ask questions.answer my_orders.index my_orders.show my_orders.again my_orders.coupons refunds.cancel refunds.request visits.move fulfilment.address invoices.show invoices.paper refunds.show refunds.act refunds.photo fulfilment.receive supplier.register supplier.pilot
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
        supplier.stories supplier.story supplier.story_new supplier.reviews supplier.review supplier.questions supplier.refunds supplier.refund supplier.refund_photo supplier.disbursements supplier.disbursement
        supplier.visits supplier.visit_redeem supplier.listing_visit supplier.listing_days
        supplier.listings supplier.listing supplier.listing_new supplier.listing_sale supplier.listing_picture
        supplier.listing_picture_add supplier.listing_picture_take supplier.pictures supplier.picture supplier.picture_new
        supplier.picture_delete supplier.listing_video supplier.listing_video_remove supplier.listing_tiers supplier.receivables supplier.listing_sku supplier.listing_sku_new supplier.listing_stock
        supplier.listing_sku_set supplier.listing_axes supplier.listing_table supplier.listing_table_export supplier.listing_table_import supplier.listing_table_template
        supplier.lots supplier.lot_new supplier.lot_voucher supplier.lot_adjust supplier.outlets
        supplier.disbursement_new supplier.statement supplier.statement_export supplier.coupons
        supplier.orders_export supplier.refunds_export supplier.bills_export supplier.disbursements_export supplier.bills supplier.bill
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
        supplier.certificate_renew supplier.certificate_change supplier.coupon_new supplier.coupon_stop supplier.bill_check supplier.bill_object supplier.bill_withdraw
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
        outlet.receipt outlet.channel outlet.poster outlet.month outlet.commission outlet.commission_export
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
        review.stories review.story review.story_new review.story_rewrite
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
        finance.home finance.proofs finance.proof finance.proof_document finance.returns finance.returns_export
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
    Permission.AUDIT: """
        finance.bills finance.bill finance.disputes finance.disbursements finance.disbursements_export
        finance.disbursements_paid_export finance.bills_export finance.bill_statement
        finance.bill_statement_export finance.disbursement_due finance.disbursement_due_export finance.ledger
        finance.ledger_export finance.order finance.corrections backoffice.operations backoffice.audit
        reports.verify reports.check
    """,
    Permission.ADMIN: """
        backoffice.arbitrations backoffice.arbitration backoffice.arbitration_photo backoffice.reviews backoffice.review backoffice.review_decide backoffice.review_photo backoffice.questions backoffice.question backoffice.coupons backoffice.coupon_new backoffice.coupon_stop
        backoffice.listings backoffice.listing backoffice.listing_withhold backoffice.listing_show_again
        home.preview backoffice.attributes backoffice.attribute backoffice.attribute_remove backoffice.attribute_retire backoffice.attribute_restore backoffice.home_slots backoffice.home_slot_new backoffice.home_slot backoffice.home_slot_remove
        backoffice.hot_words backoffice.hot_word backoffice.hot_word_remove
        backoffice.home backoffice.parameters backoffice.parameter backoffice.suppliers backoffice.supplier
        backoffice.supplier_verify backoffice.supplier_household backoffice.supplier_requirement
        backoffice.papers backoffice.bank_changes backoffice.bank_change backoffice.bank_change_proof
        backoffice.licence_changes backoffice.licence_change backoffice.licence_change_proof
        backoffice.supplier_decide backoffice.supplier_approve backoffice.supplier_paper backoffice.users
        backoffice.user backoffice.user_factor backoffice.user_disable backoffice.user_enable backoffice.user_grant
        backoffice.user_revoke backoffice.units backoffice.unit backoffice.unit_paper backoffice.unit_admit
        backoffice.unit_decide backoffice.operation_retry backoffice.operations_send backoffice.operations_drop
    """,
}
PERMISSION_OF = {
    endpoint: permission for permission, text in PERMISSIONS.items() for endpoint in text.split()
}
