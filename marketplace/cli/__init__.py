"""Commands for operators: ``flask users``, ``demo``, ``jobs``, ``search``, ``ledger``, ``reports``."""

from flask import Flask

from marketplace.cli import books, demo, users, work


def install(app: Flask) -> None:
    for group in (users.group, demo.group, work.jobs_group, work.search_group, *books.GROUPS):
        app.cli.add_command(group)
