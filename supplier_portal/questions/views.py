"""Questions about one's goods: those without the seller's answer first."""

from flask import request

from catalog.questions import queries
from catalog.questions.queries import DeskFilter
from catalog.reviews.words import FAULTS
from marketplace.kernel.forms import asked_choice
from marketplace.kernel.paging import page_number
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk

_WORDS = {DeskFilter.UNANSWERED: "待回答", DeskFilter.ALL: "全部"}


def questions() -> str:
    supplier_id = current_supplier_id()
    wanted = asked_choice(DeskFilter, "show") or DeskFilter.UNANSWERED
    counts = queries.count_of_supplier(supplier_id)
    number = page_number(request.args.get("page"))
    return render_desk(
        "supplier_portal/questions/index.html",
        counts={"supplier.questions": counts[DeskFilter.UNANSWERED]},
        page=queries.questions_of_supplier(supplier_id, wanted, number, counts[wanted]),
        chips=[(each.value, word, counts[each]) for each, word in _WORDS.items()],
        current=wanted.value,
        faults=FAULTS,
    )
