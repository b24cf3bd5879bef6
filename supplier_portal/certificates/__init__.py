"""Our certificates: how long they hold, what was found about them, papers to print and codes for the packing."""
