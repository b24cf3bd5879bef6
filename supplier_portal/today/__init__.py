"""The supplier's day: what waits, today's figures, and what to ship. It decides nothing."""
