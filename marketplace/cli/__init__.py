"""Commands for operators: ``flask users``, ``demo``, ``jobs``, ``search``, ``ledger``, ``reports``,
``backup``, ``restore``."""

from flask import Flask

from marketplace.cli import backup, books, demo, users, work


def install(app: Flask) -> None:
    for group in (users.group, demo.group, work.jobs_group, work.search_group, *books.GROUPS):
        app.cli.add_command(group)
    for command in (backup.backup_command, backup.restore_command):
        app.cli.add_command(command)
