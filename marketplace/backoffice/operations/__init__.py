"""Whether the work behind the pages gets done: the outbox, the periodic jobs, the search index, the sums of reports."""
