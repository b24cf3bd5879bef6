"""我的助农: a member's years, and the card of one that is passed on."""

from flask import Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.helping import commands, queries
from marketplace.helping.picture import card_picture, villages_in_words
from marketplace.helping.queries import FIRST_YEAR, HelpYear
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import attach_error, error_text
from marketplace.kernel.settings import Settings
from marketplace.presentation import sum_band
from marketplace.storefront.help_forms import CardForm
from marketplace.storefront.sharing import SharedPage, public, shared_page


def _asked_year() -> int:
    text = request.args.get("year", "")
    this = clock.today().year
    year = int(text) if len(text) == 4 and text.isascii() and text.isdigit() else this
    return min(max(year, FIRST_YEAR), this)


def show() -> ResponseReturnValue:
    return _page(_asked_year(), CardForm(formdata=None))


def _page(year: int, form: CardForm, status: int = 200) -> ResponseReturnValue:
    user_id = require_actor().user_id
    card = queries.find_card(user_id, year)
    if card is not None and not form.is_submitted():
        form.shown_name.data = card.shown_name
    page = render_template(
        "storefront/help.html",
        help=queries.help_of(user_id, year),
        years=[(str(each), f"{each} 年", None) for each in queries.years_of(user_id)],
        form=form,
        link=public(url_for("help.card", token=card.token)) if card else "",
    )
    return page, status


def share() -> ResponseReturnValue:
    """POST: give the card an address, or the one it has another name."""
    year, form = _asked_year(), CardForm()
    if not form.validate():
        return _page(year, form, 422)
    try:
        commands.share_card(require_actor(), year, str(form.shown_name.data or ""))
    except DomainError as error:
        if error.field:
            attach_error(form, error)
            return _page(year, form, error.status)
        flash(error_text(error), "warning")
    else:
        flash("链接好了，复制下面的地址发给别人；不想让人看了，随时收回。", "success")
    return redirect(url_for("help.show", year=year) + "#card", 303)


def take_back() -> ResponseReturnValue:
    """POST"""
    year = _asked_year()
    commands.take_card_back(require_actor(), year)
    flash("收回来了，那个地址打不开了。", "success")
    return redirect(url_for("help.show", year=year) + "#card", 303)


def own_picture() -> ResponseReturnValue:
    """The picture to keep, whether or not the card has an address; its code leads to that, else to the shop."""
    actor, year = require_actor(), _asked_year()
    help_year, card = queries.help_of(actor.user_id, year), queries.find_card(actor.user_id, year)
    address = url_for("help.card", token=card.token) if card else url_for("home.show")
    response = _png(help_year, card.shown_name if card else "", public(address))
    response.headers["Content-Disposition"] = f"attachment; filename=zhunong-{year}.png"
    return response


def card(token: str) -> ResponseReturnValue:
    """For whoever has the address: nothing of who it is but the name they chose."""
    found, help_year = queries.card_of_token(token)
    response = make_response(
        render_template(
            "storefront/help_card.html",
            card=found,
            help=help_year,
            villages=villages_in_words(help_year),
            shared=_shared(found.shown_name, help_year, token),
        )
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def card_image(token: str) -> ResponseReturnValue:
    found, help_year = queries.card_of_token(token)
    response = _png(help_year, found.shown_name, public(url_for("help.card", token=token)))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _png(help_year: HelpYear, shown_name: str, address: str) -> Response:
    settings: Settings = current_app.extensions["settings"]
    mark = "演示数据" if settings.is_demo else ""
    response = make_response(card_picture(help_year, shown_name, address, mark))
    response.headers["Content-Type"] = "image/png"
    return response


def _shared(shown_name: str, help_year: HelpYear, token: str) -> SharedPage:
    who = f"{shown_name}的" if shown_name else ""
    brought = "" if help_year.is_small else f"给农户带去 {sum_band(help_year.fen)}，"
    return shared_page(
        f"{who}{help_year.year} 助农年度卡",
        f"在西安扶贫超市买了 {help_year.orders} 单，{brought}来自{villages_in_words(help_year)}。",
        url_for("help.card", token=token),
        url_for("help.card_image", token=token),
    )
