"""Questions about a listing, asked in public and answered by its seller or by somebody who received it.

Nothing here deletes; a question is hidden with its answers, with a reason on record. Who received the goods is known
above, to orders.
"""
