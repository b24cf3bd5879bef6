"""Who works for a supplier; its owners bring people in by a link and end their roles."""
