"""What waits for whom: messages in the site, and mail for those who chose it, sent by the worker.

It knows people and no object of the shop: a command says whom to tell, what, and which page shows it.
"""
