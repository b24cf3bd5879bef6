"""What a visit is, and its calendar: a pattern of days, single days, closed ones."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products.own_queries import ListingFacts, get_listing
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.pricing import floors
from catalog.visits import commands
from catalog.visits.calendars import calendar_of, find_day
from catalog.visits.queries import DayRow, days_of, find_offer, is_visit_listing
from catalog.visits.rules import DayPlan, OfferFacts, days_of_pattern
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import errors_at, status_of
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk
from supplier_portal.visits.forms import DayForm, DaysForm, OfferForm


def _own(listing_id: int) -> ListingFacts:
    """A listing of visits of the supplier one works for at present. Raises NotFound."""
    listing = get_listing(listing_id)
    if listing.supplier_id != current_supplier_id() or not is_visit_listing(listing_id):
        raise NotFound
    return listing


def offer(listing_id: int) -> ResponseReturnValue:
    """GET and POST: where, when, until when free of charge."""
    listing = _own(listing_id)
    form = OfferForm(obj=find_offer(listing_id))
    if form.validate_on_submit():
        with errors_at(form):
            commands.save_offer(require_actor(), listing_id, form.facts())
            flash("接待信息存好了，接下来开放日期。", "success")
            return redirect(url_for("supplier.listing_days", listing_id=listing_id), 303)
    return render_desk("supplier_portal/visits/offer.html", listing=listing, form=form), status_of(form)


def days(listing_id: int) -> ResponseReturnValue:
    """GET: the calendar; POST: ``act`` is open (a span), set or close (one day)."""
    listing = _own(listing_id)
    facts = find_offer(listing_id)
    if facts is None:
        return redirect(url_for("supplier.listing_visit", listing_id=listing_id), 303)
    rows = days_of(listing_id)
    chosen = _day(request.args.get("on", ""))
    row = find_day(rows, chosen.isoformat()) if chosen else None
    span = DaysForm(formdata=None)
    single = DayForm(
        formdata=None, data={"price_fen": row.price_fen, "places": row.left + row.booked} if row else None
    )
    act = request.form.get("act", "")
    if act == "open":
        span = DaysForm()
        if span.validate_on_submit():
            with errors_at(span):
                flash(_open(listing_id, span), "success")
                return redirect(_back(listing_id, chosen), 303)
    elif chosen is not None and act == "set":
        single = DayForm()
        if single.validate_on_submit():
            with errors_at(single):
                _set(listing_id, chosen, single)
                flash("日期存好了。", "success")
                return redirect(_back(listing_id, chosen), 303)
    elif row is not None and act == "close":
        commands.close_days(require_actor(), listing_id, [row.on])
        flash("日期存好了。", "success")
        return redirect(_back(listing_id, chosen), 303)
    page = _calendar_page(listing, facts, rows, {"span": span, "single": single}, chosen, row)
    return page, status_of(span, single)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found is not None and found >= clock.today() else None


def _open(listing_id: int, form: DaysForm) -> str:
    """What was done, in a sentence."""
    weekday, weekend = form.plan("weekday"), form.plan("weekend")
    plans = days_of_pattern(form.first_on.data, form.last_on.data, weekday, weekend)  # type: ignore[arg-type]
    stay = commands.set_days(require_actor(), listing_id, plans, reopen=bool(form.reopens.data))
    if not stay:
        return f"开放了 {len(plans)} 天。"
    named = "、".join(f"{on.month}月{on.day}日" for on in stay[:5]) + ("等" if len(stay) > 5 else "")
    opened = f"开放了 {len(plans) - len(stay)} 天；" if len(plans) > len(stay) else "没有新开放的日子："
    closed = f"{named} {len(stay)} 天是单独关过的，还关着。"
    return f"{opened}{closed}要开就点那一天，或勾上“连同单独关过的日子一起开放”再存。"


def _set(listing_id: int, on: date, form: DayForm) -> None:
    try:
        plan = DayPlan(int(form.price_fen.data), int(form.places.data))
        commands.set_days(require_actor(), listing_id, {on: plan})
    except DomainError as error:
        # the command names the fields of a span
        error.field = {"weekday_price_fen": "price_fen", "weekday_places": "places"}.get(
            error.field or "", error.field
        )
        raise


def _back(listing_id: int, chosen: date | None) -> str:
    month = f"{chosen:%Y-%m}" if chosen else request.args.get("month", "")[:7]
    return url_for("supplier.listing_days", listing_id=listing_id, month=month or None)


def _calendar_page(
    listing: ListingFacts,
    facts: OfferFacts,
    rows: list[DayRow],
    forms: dict[str, Any],
    chosen: date | None,
    row: DayRow | None,
) -> str:
    return render_desk(
        "supplier_portal/visits/days.html",
        listing=listing,
        offer=facts,
        view=calendar_of(rows, facts, request.args.get("month", ""), chosen),
        chosen=chosen,
        row=row,
        open_days=sum(each.is_open for each in rows),
        booked=sum(each.booked for each in rows),
        floor_fen=floors(listing.product_id, [], PLATFORM_FEE_BP.get()).get(None),
        today=clock.today(),
        **forms,
    )
