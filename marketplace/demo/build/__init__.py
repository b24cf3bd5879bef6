"""From the plan to rows: the demo data, built in one transaction by the same pure rules as real data."""
