"""A card of this year that a buyer passed on."""

from marketplace.demo.acting import actor_of
from marketplace.helping.commands import share_card
from marketplace.kernel import clock


def load_help() -> None:
    share_card(actor_of("buyer"), clock.today().year, "秦女士一家")
