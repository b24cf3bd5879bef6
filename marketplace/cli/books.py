"""``flask ledger`` and ``flask reports``: whether the books and their sums are right."""

from typing import NoReturn

import click
from flask.cli import AppGroup
from tqdm import tqdm

from marketplace.reporting import reconciliation, roll
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


reports_group = AppGroup("reports", help="The sums that reports read.")


@reports_group.command("verify")
def verify_reports() -> None:
    """Compare every sum with the ledger; name each one that differs and exit with 1 when there is one."""
    verified = reconciliation.verify_totals()
    for finding in verified.findings:
        click.echo(str(finding))
    if verified.findings:
        raise click.exceptions.Exit(1)
    click.echo(f"{verified.totals} 个合计与账目一致，差额 0.00")


@reports_group.command("rebuild")
def rebuild_reports() -> None:
    """Forget every sum and make it anew from the ledger, in one transaction: nobody can order meanwhile."""
    bar: tqdm[NoReturn] = tqdm(desc="报表重算", unit="")

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    entries = roll.rebuild(progress)
    bar.close()
    click.echo(f"{entries} 笔分录已重新计入")


GROUPS = (ledger_group, reports_group)
