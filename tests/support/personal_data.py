"""Every column that says something of a person or points at one, and what becomes of it: 个人信息保护法 第四十五条 (a
copy to take home) and 第四十七条 (forgotten on leaving). ``tests/architecture/test_personal_data.py`` compares the lists
with the tables, ``tests/web/test_own_data.py`` with what is done."""

import re
from collections.abc import Iterator

from sqlalchemy import Column

import marketplace.tables  # noqa: F401 - knows all models
from marketplace.kernel.columns import EncryptedText
from marketplace.kernel.db import Base

_SAYS = re.compile(
    r"(^|_)(by|user_id|actor_id|mobile|mobile_digest|email|recipient|holder|payer|buyer_key|shown_name|display_name|invitee|username)$"
)
_IS_NO_PERSON = {"orders.ship_by", "order_lines.ship_by", "skus.ship_by"}


def personal_columns() -> Iterator[str]:
    """``table.column``: an account's id, anything encrypted, and whatever is named after a person."""
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if _is_personal(column) and str(column) not in _IS_NO_PERSON:
                yield str(column)


def _is_personal(column: Column[object]) -> bool:
    points = any(key.target_fullname == "users.id" for key in column.foreign_keys)
    return points or isinstance(column.type, EncryptedText) or bool(_SAYS.search(column.name))


#: in the file of a member's own data, under this heading
TAKEN = {
    "users.username": "账户",
    "users.display_name": "账户",
    "users.mobile": "账户",
    "users.email": "账户",
    "addresses.user_id": "收货地址",
    "addresses.recipient": "收货地址",
    "addresses.mobile": "收货地址",
    "addresses.detail": "收货地址",
    "login_sessions.user_id": "登录设备",
    "known_devices.user_id": "记住的设备",
    "second_factors.user_id": "两步验证",
    "recovery_codes.user_id": "两步验证",
    "api_tokens.user_id": "程序登录",
    "role_assignments.user_id": "角色",
    "carts.user_id": "购物车",
    "orders.user_id": "订单",
    "orders.recipient": "订单",
    "orders.mobile": "订单",
    "orders.address_detail": "订单",
    "invoice_requests.requested_by": "订单",
    "invoice_requests.title": "订单",
    "transfer_proofs.payer": "转账凭证",
    "refunds.requested_by": "退款",
    "coupon_uses.holder": "用过的券",
    "product_reviews.user_id": "评价",
    "product_reviews.shown_name": "评价",
    "review_reports.user_id": "举报",
    "product_questions.user_id": "提问",
    "product_questions.shown_name": "提问",
    "question_answers.user_id": "回答",
    "question_answers.shown_name": "回答",
    "favourites.user_id": "收藏",
    "stock_wishes.user_id": "到货提醒",
    "messages.user_id": "消息",
    "message_choices.user_id": "消息设置",
    "help_cards.user_id": "助农年度卡",
    "help_cards.shown_name": "助农年度卡",
    "objections.user_id": "公示异议",
    "objections.contact_name": "公示异议",
    "objections.contact_mobile": "公示异议",
    "opinion_templates.user_id": "意见模板",
    "media.uploaded_by": "上传的文件",
    "households.head_name": "我家的登记",
    "households.mobile": "我家的登记",
    "households.id_number": "我家的登记",
    "households.bank_account": "我家的登记",
}

_OFFICE = "who acted in an office, on the record of what was done: an id, and no more is known of it than the account says"
_OF_A_PARTY = "a party's, not its clerk's: read and changed at its own desk, where several people act for it"
_OF_AN_ORDER = "the same as the order beside it says, which is in the file"
_DIGEST = "a digest to find or to count by: nobody can read it"
_KEY = "a key that opens something: it is asked for again, never handed out"

#: not in the file, and why
LEFT_OUT = {
    "users.mobile_digest": _DIGEST,
    "objections.mobile_digest": _DIGEST,
    "second_factors.secret": _KEY,
    "pickups.code": _KEY,
    "bookings.code": _KEY,
    "checkouts.user_id": _OF_AN_ORDER,
    "orders.buyer_key": _OF_AN_ORDER,
    "order_events.actor_id": _OF_AN_ORDER,
    "invoice_papers.title": _OF_AN_ORDER,
    "coupon_holders.holder": "how often a coupon was used: the uses themselves are in the file",
    "refunds.return_to": "where a supplier wants its goods back: the supplier's address",
    "bank_receipts.payer": "a line of a supplier's bank statement, as the bank wrote it",
    "bank_receipts.holder": "whose bank account it is that money came to: a supplier's",
    "invitations.invitee": "what the inviter called the person; what came of it is among the roles",
    "invitations.accepted_by": "what came of it is among the roles",
    "journal_entries.by": "whose act was booked: the books hold ids only",
    "audit_entries.actor_id": "what was done when, by id: kept to hold people to account, read by the auditor alone",
    "import_runs.created_by": "a clerk's own tables, on the page where they were handed in, for a day",
    "bank_changes.account": "the household's or supplier's account, as its own page shows it",
    **dict.fromkeys(
        [
            "suppliers.contact_name",
            "suppliers.contact_mobile",
            "suppliers.bank_account",
            "pilot_households.head_name",
            "pilot_households.id_number",
            "pilot_households.mobile",
            "pilot_households.bank_account",
            "partner_units.contact_name",
            "partner_units.contact_mobile",
            "purchase_orders.recipient",
            "purchase_orders.mobile",
            "purchase_orders.address_detail",
            "purchase_orders.payer",
        ],
        _OF_A_PARTY,
    ),
    **dict.fromkeys(
        [
            "agreement_scans.added_by",
            "application_steps.actor_id",
            "application_versions.by",
            "applications.sponsor_signed_by",
            "applications.created_by",
            "applications.submitted_by",
            "applications.handled_by",
            "bank_changes.asked_by",
            "bank_changes.decided_by",
            "bank_receipts.imported_by",
            "bookings.redeemed_by",
            "catalogue_batches.created_by",
            "catalogue_batches.published_by",
            "certificate_findings.recorded_by",
            "certificate_findings.closed_by",
            "certificate_steps.actor_id",
            "certificates.issued_by",
            "closed_months.closed_by",
            "corrections.proposed_by",
            "corrections.decided_by",
            "county_checks.by",
            "coupons.made_by",
            "deliveries.shipped_by",
            "deliveries.accepted_by",
            "disbursements.recorded_by",
            "disbursements.acknowledged_by",
            "handovers.from_user_id",
            "handovers.to_user_id",
            "handovers.by",
            "household_confirmations.answered_by",
            "household_consents.recorded_by",
            "household_consents.withdrawn_by",
            "household_moves.recorded_by",
            "household_status_changes.recorded_by",
            "invitations.invited_by",
            "invoice_papers.uploaded_by",
            "licence_changes.asked_by",
            "licence_changes.decided_by",
            "linkage_agreements.created_by",
            "objections.handler_id",
            "outlets.created_by",
            "pairing_arrangements.created_by",
            "parameter_values.set_by",
            "partner_units.registered_by",
            "partner_units.decided_by",
            "pickups.arrived_by",
            "pickups.handed_over_by",
            "purchase_orders.created_by",
            "purchase_orders.submitted_by",
            "purchase_orders.decided_by",
            "purchase_steps.actor_id",
            "question_hidings.hidden_by",
            "refunds.decided_by",
            "refunds.ruled_by",
            "review_cases.hidden_by",
            "review_replies.written_by",
            "role_assignments.granted_by",
            "settlement_bills.checked_by",
            "settlement_bills.settled_by",
            "stock_movements.by",
            "stories.written_by",
            "stories.decided_by",
            "supplier_outlets.granted_by",
            "supplier_requirements.by",
            "supplier_steps.actor_id",
            "suppliers.approved_by",
            "supply_lots.recorded_by",
            "tax_rates.set_by",
            "tracking_entries.told_by",
            "transfer_proofs.checked_by",
            "unit_plans.set_by",
            "withholdings.by",
            "withholdings.ended_by",
            "work_sheet_rows.confirmed_by",
            "work_sheets.created_by",
        ],
        _OFFICE,
    ),
}

#: rows that are gone when an account is closed
FORGOTTEN = frozenset(
    [
        "addresses",
        "login_sessions",
        "known_devices",
        "second_factors",
        "recovery_codes",
        "api_tokens",
        "carts",
        "favourites",
        "stock_wishes",
        "messages",
        "message_choices",
        "help_cards",
        "opinion_templates",
    ]
)
_BOUGHT = "kept with the order for as long as trade records are (电子商务法 第三十一条)"
_SAID = "stays under a masked name: it may not be deleted (第三十九条), or others have answered it"
#: tables of TAKEN whose rows stay when an account is closed, and why
STAYS = {
    "users": "the row stays, for what points at it; name, number, mail and password are taken out of it",
    "orders": _BOUGHT,
    "invoice_requests": _BOUGHT,
    "refunds": _BOUGHT,
    "transfer_proofs": _BOUGHT,
    "coupon_uses": _BOUGHT,
    "media": "the files go with the orders, claims and reviews they belong to",
    "product_reviews": _SAID,
    "product_questions": _SAID,
    "question_answers": _SAID,
    "review_reports": "part of the case that was judged; an id without a name",
    "role_assignments": "who was entitled to what when: an id; one who still holds a role can't leave",
    "objections": "not the account's any more; name and number go at once from what is settled, and stay with what is "
    "open until it is, as for anybody who objects without an account",
    "households": "the register's, not the account's: whoever acts for a household holds a role and can't leave",
}
