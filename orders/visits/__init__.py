"""Booking a visit: date and number, paid like goods, redeemed on site by a code; moved or given back free of charge
until the hours before that were agreed. Of calendars it knows only how to ask them."""
