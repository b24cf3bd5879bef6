"""``flask ledger`` and ``flask reports``: whether the books and their sums are right."""

import click
from flask.cli import AppGroup

from orders.ledger import verification

ledger_group = AppGroup("ledger", help="The books.")


@ledger_group.command("verify")
def verify_ledger() -> None:
    """Check every invariant on what is stored; name each broken row and exit with 1 when there is one."""
    findings = verification.verify()
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise click.exceptions.Exit(1)
    click.echo("账目自检通过：没有不一致的行。")


GROUPS = (ledger_group,)
