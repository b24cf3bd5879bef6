"""Routes of finance: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.backoffice.finance import bill_views as bills
from marketplace.backoffice.finance import books_views as books
from marketplace.backoffice.finance import payout_views as payouts
from marketplace.backoffice.finance import receipt_views as receipts
from marketplace.backoffice.finance import supplier_views as behind
from marketplace.backoffice.finance import views as finance
from marketplace.kernel.web import Route

AUDIT = Permission.AUDIT
POST, FORM = ("POST",), ("GET", "POST")

FINANCE: list[Route] = [
    Route("/finance", "finance.home", finance.home, Permission.FINANCE),
    Route("/finance/proofs", "finance.proofs", finance.proofs, Permission.FINANCE),
    Route("/finance/proofs/<int:proof_id>", "finance.proof", finance.proof, Permission.FINANCE, FORM),
    Route(
        "/finance/proofs/<int:proof_id>/document",
        "finance.proof_document",
        finance.proof_document,
        Permission.FINANCE,
    ),
    Route("/finance/disbursements", "finance.disbursements", payouts.disbursements, AUDIT),
    Route("/finance/disbursements.csv", "finance.disbursements_export", payouts.owing_table, AUDIT),
    Route("/finance/disbursements/paid.csv", "finance.disbursements_paid_export", payouts.export, AUDIT),
    Route("/finance/receipts", "finance.receipts", receipts.index, Permission.FINANCE),
    Route("/finance/receipts/template", "finance.receipts_template", receipts.template, Permission.FINANCE),
    Route("/finance/receipts/upload", "finance.receipts_upload", receipts.upload, Permission.FINANCE, POST),
    Route(
        "/finance/receipts/<int:receipt_id>/place",
        "finance.receipt_place",
        receipts.place,
        Permission.FINANCE,
        POST,
    ),
    Route("/finance/returns", "finance.returns", finance.return_list, Permission.FINANCE),
    Route("/finance/returns.csv", "finance.returns_export", finance.export_returns, Permission.FINANCE),
    Route(
        "/finance/returns/<int:return_id>/confirm",
        "finance.return_confirm",
        finance.return_confirm,
        Permission.FINANCE,
        POST,
    ),
    Route(
        "/finance/returns/<int:return_id>/retry",
        "finance.return_retry",
        finance.return_retry,
        Permission.FINANCE,
        POST,
    ),
    Route("/finance/ledger", "finance.ledger", books.ledger, AUDIT),
    Route("/finance/ledger.csv", "finance.ledger_export", books.export_ledger, AUDIT),
    Route("/finance/ledger/close", "finance.ledger_close", books.close_month, Permission.FINANCE, POST),
    Route("/finance/orders/<number>", "finance.order", books.order, AUDIT),
    Route(
        "/finance/orders/<number>/correct",
        "finance.correction_new",
        books.correction_new,
        Permission.FINANCE,
        FORM,
    ),
    Route("/finance/corrections", "finance.corrections", books.correction_list, AUDIT),
    Route(
        "/finance/corrections/<int:correction_id>/decide",
        "finance.correction_decide",
        books.correction_decide,
        Permission.FINANCE,
        POST,
    ),
    Route(
        "/finance/corrections/<int:correction_id>/withdraw",
        "finance.correction_withdraw",
        books.correction_withdraw,
        Permission.FINANCE,
        POST,
    ),
    Route("/finance/bills", "finance.bills", bills.bills, AUDIT),
    Route("/finance/bills.csv", "finance.bills_export", bills.export, AUDIT),
    Route("/finance/bills/<int:bill_id>", "finance.bill", bills.bill, AUDIT),
    Route(
        "/finance/suppliers/<int:supplier_id>/statement", "finance.bill_statement", behind.statement, AUDIT
    ),
    Route(
        "/finance/suppliers/<int:supplier_id>/statement.csv",
        "finance.bill_statement_export",
        behind.export_statement,
        AUDIT,
    ),
    Route("/finance/suppliers/<int:supplier_id>/due", "finance.disbursement_due", behind.due, AUDIT),
    Route(
        "/finance/suppliers/<int:supplier_id>/due.csv",
        "finance.disbursement_due_export",
        behind.export_due,
        AUDIT,
    ),
    Route(
        "/finance/bills/<int:bill_id>/settle", "finance.bill_settle", bills.settle, Permission.FINANCE, POST
    ),
    Route(
        "/finance/bills/<int:bill_id>/answer", "finance.bill_answer", bills.answer, Permission.FINANCE, POST
    ),
    Route(
        "/finance/bills/<int:bill_id>/period", "finance.bill_period", bills.period, Permission.FINANCE, POST
    ),
    Route("/finance/disputes", "finance.disputes", books.dispute_list, AUDIT),
    Route("/finance/stray", "finance.stray", finance.stray, Permission.FINANCE),
]
