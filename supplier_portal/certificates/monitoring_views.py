"""承诺兑现: a supplier's own lights, and those of the pilots it sponsors, as officials see them."""

from flask import request

from marketplace.kernel.paging import page_number
from marketplace.reporting import monitoring, monitoring_queries
from marketplace.reporting.words import LIGHT_TONES, LIGHT_WORDS
from supplier_portal.guards import current_supplier
from supplier_portal.nav import render_desk


def index() -> str:
    mine = monitoring_queries.held_by_clause(current_supplier().id)
    counted = monitoring_queries.lights(mine)
    return render_desk(
        "supplier_portal/certificates/monitoring.html",
        page=monitoring_queries.standings(counted, None, page_number(request.args.get("page")), mine),
        words=LIGHT_WORDS,
        tones=LIGHT_TONES,
        bars=monitoring.bars(),
    )
