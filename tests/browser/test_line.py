"""The whole line in a real browser, by clicking and typing only: from a declared product to money a household has, then
by way of an outlet and a unit to what the city reads."""

from collections.abc import Callable

import time_machine
from flask import Flask
from playwright.sync_api import Browser

from tests.browser import certifying, partnering, selling
from tests.browser.walking import walking
from tests.support.browsers import Problems


def test_a_product_goes_the_whole_way(
    app: Flask,
    browser: Browser,
    live_server: str,
    page_problems: Problems,
    freeze: Callable[[str], time_machine.Traveller],
) -> None:
    with walking(app, browser, live_server, page_problems, freeze) as line:
        certifying.coop_applies(line)
        certifying.household_applies_with_its_sponsor(line)
        certifying.village_confirms(line)
        certifying.town_approves(line)
        certifying.county_approves(line)
        certifying.everybody_reads_the_notice(line)
        certificate = certifying.city_certifies(line)

        selling.coop_lists_it(line, certificate)
        selling.coop_receives_a_lot(line)
        selling.coop_puts_it_on_sale(line)
        number = selling.buyer_pays_online(line)
        selling.coop_ships(line, number)
        selling.buyer_receives(line, number)
        line.time_passes_until(
            "2026-11-14 10:00"
        )  # past the 48 hours of fresh goods: the income is confirmed
        selling.buyer_pays_by_transfer(line)
        selling.coop_pays_the_household(line)
        selling.household_acknowledges(line)
        selling.county_reads_the_report(line)

        partnering.county_opens_an_outlet(line)
        partnering.coop_lets_the_outlet_collect(line)
        partnering.coop_prices_for_units(line)
        partnering.outlet_collects(line)
        number = partnering.buyer_orders_to_the_outlet(line)
        partnering.coop_sends_it_to_the_outlet(line, number)
        partnering.outlet_hands_it_over(line, number)
        partnering.unit_registers(line)
        partnering.unit_invites_its_approver(line)
        partnering.county_pairs_it_with_the_village(line)
        partnering.unit_buys(line)
        partnering.unit_pays(line)
        partnering.coop_delivers_in_two_batches(line)
        partnering.unit_sees_what_it_did(line)
        partnering.city_reads_what_the_ledger_says(line)

    verified = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert verified.exit_code == 0, verified.output
