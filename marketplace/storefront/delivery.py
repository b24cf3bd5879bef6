"""送到: what it costs to have a product sent to where the visitor is, and when it may be expected.

A member's default address counts, else the province chosen here before, which lives in the visitor's own cookie; who
has neither is shown the shop's own province, the same for everybody. What is told of a chosen place is never part of
the page that guests share (``guests``), and the checkout asks everything anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, Response, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products.queries import SkuRow
from marketplace.accounts.addresses import default_street
from marketplace.accounts.policies import Actor
from marketplace.accounts.web import current_actor, safe_next
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import children_of_each, full_names_of
from marketplace.regions.rules import NATION_CODE, county_code_of, is_code, province_code_of
from marketplace.storefront.cookies import OwnCookie
from orders.fulfilment.rules import Freight, FreightTerms, freight_fen
from orders.fulfilment.transit import Arrival, arrival

DAYS = 90
_COOKIE = OwnCookie("to", DAYS, longest=120)
_HOME = province_code_of(CITY_CODE)
_LOGOUT = "accounts.logout"


class Chosen(StrEnum):
    """Why goods are thought to go there."""

    ADDRESS = "address"
    HERE = "here"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Place:
    """``code`` is a province or, of an address, a county; ``name`` as on an envelope."""

    code: str
    name: str
    why: Chosen


@dataclass(frozen=True, slots=True)
class Delivery:
    """``freights`` by packing, for one unit; ``arrives`` None where nothing is known of the way."""

    place: Place
    freights: dict[int, Freight]
    arrives: Arrival | None
    ship_hours: int
    provinces: list[tuple[str, str]]

    @property
    def is_excluded(self) -> bool:
        return any(each.is_excluded for each in self.freights.values())

    @property
    def is_home(self) -> bool:
        """Where there are outlets to fetch it at."""
        return province_code_of(self.place.code) == _HOME


def delivery(skus: Sequence[SkuRow], rules: Sequence[FreightTerms], ship_hours: int) -> Delivery:
    """To where this visitor is. One statement for a member, none for a guest."""
    place = _place(current_actor())
    province = province_code_of(place.code)
    return Delivery(
        place=place,
        freights={
            sku.sku_id: freight_fen(rules, province, grams=sku.grams, pieces=1, goods_fen=sku.price_fen)
            for sku in skus
        },
        arrives=arrival(province, clock.today(), ship_hours),
        ship_hours=ship_hours,
        provinces=_provinces(),
    )


def has_chosen() -> bool:
    """Whether the visitor carries a place of his own: then no shared page is for him."""
    return _COOKIE.name in request.cookies


def _place(actor: Actor | None) -> Place:
    code, by_member = _choice()
    if code and (actor is None or by_member):
        return Place(code, _names(code), Chosen.HERE)
    street = default_street(actor.user_id) if actor is not None else None
    if street is not None:
        county = county_code_of(street)
        return Place(county, _names(county), Chosen.ADDRESS)
    return Place(code or _HOME, _names(code or _HOME), Chosen.HERE if code else Chosen.ASSUMED)


def _names(code: str) -> str:
    return full_names_of([code]).get(code, "")


def _choice() -> tuple[str, bool]:
    """The province chosen, or "", and whether a member chose it: only then does it go before the address."""
    value = _COOKIE.read()
    if not (isinstance(value, list) and len(value) == 2 and is_code(value[0])):
        return "", False
    return value[0], value[1] is True


def _provinces() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in children_of_each([NATION_CODE])[NATION_CODE]]


def choose() -> ResponseReturnValue:
    """POST: remember a province, or with none go back to the address; raises NotFound for what is no province."""
    code = request.form.get("province", "")
    target = safe_next(current_app, request.form.get("next")) or url_for("home.show")
    response = make_response(redirect(target, 303))
    if not code:
        _COOKIE.drop(response)
    elif code in dict(_provinces()):
        _COOKIE.put(response, [code, current_actor() is not None])
    else:
        raise NotFound("regions.unknown")
    return response


def install(app: Flask) -> None:
    @app.after_request
    def _forget(response: Response) -> Response:
        if request.endpoint == _LOGOUT and response.status_code == 302:
            _COOKIE.drop(response)  # whoever sits down here next is somebody else
        return response
