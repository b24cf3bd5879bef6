"""Every table of the shop, imported in one place so that migrations and the app see the same metadata."""

# ruff: noqa: F401 — imported for their effect on the metadata
import catalog.attributes.models
import catalog.products.models
import catalog.promotions.models
import catalog.questions.models
import catalog.reviews.models
import catalog.search.models
import catalog.stock.models
import catalog.visits.models
import catalog.wishes.models
import certification.applications.models
import certification.certificates.models
import certification.linkage.models
import certification.notices.models
import certification.products.models
import certification.reviews.models
import marketplace.accounts.models
import marketplace.helping.models
import marketplace.kernel.audit
import marketplace.kernel.import_runs
import marketplace.kernel.job_runs
import marketplace.kernel.media
import marketplace.kernel.numbering
import marketplace.kernel.outbox
import marketplace.kernel.parameters
import marketplace.messages.models
import marketplace.outlets.models
import marketplace.pairing.models
import marketplace.parties.models
import marketplace.regions.models
import marketplace.reporting.models
import marketplace.stories.models
import orders.bulk.models
import orders.cart.models
import orders.coupons.models
import orders.fulfilment.models
import orders.invoices.models
import orders.ledger.models
import orders.ordering.models
import orders.payments.models
import orders.refunds.models
import orders.settlement.models
import orders.visits.models
from marketplace.kernel.db import Base


def require() -> None:
    """Refuse to go on when the metadata is not whole."""
    missing = set(APPEND_ONLY) - Base.metadata.tables.keys()
    if missing:
        raise RuntimeError(f"tables without a model: {sorted(missing)}")


#: Tables whose rows are only ever added (invariant I12).
APPEND_ONLY = (
    "journal_entries",
    "postings",
    "audit_entries",
    "application_steps",
    "application_versions",
    "certificate_steps",
    "supplier_steps",
    "order_events",
    "stock_movements",
    "purchase_steps",
    "product_reviews",
    "review_follow_ups",
    "review_replies",
    "review_reports",
    "product_questions",
    "question_answers",
)
