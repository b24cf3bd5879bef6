"""A shop without the stock guard, for the control of the race test: it must sell more than there is."""

from catalog.stock.commands import GUARD
from marketplace.app import create_app
from marketplace.kernel.settings import Settings

app = create_app()
GUARD.switch_off(Settings())
