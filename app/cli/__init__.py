"""The `meic` command."""

import sys

import typer

from app.cli import (
    alerting,
    audit,
    backups,
    database,
    diagnosis,
    flower,
    halts,
    health,
    issuances,
    keys,
    local,
    rates,
    reconciling,
    rings,
    sales,
    serving,
    show,
    signer,
    users,
    watching,
)
from app.domain.errors import InvalidInput, MeicError

cli = typer.Typer(
    name="meic",
    help="Sell a token on many exchanges at one rising target price, and issue exactly what was sold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (local, show, rings, halts, diagnosis, reconciling, signer, watching, serving, flower, health, backups):
    commands.add_to(cli)
cli.add_typer(rates.cli, name="rates", help="Show what foreign currencies are worth, or say it.")
cli.add_typer(
    sales.cli, name="sales", help="Show the newest fills; claim or dismiss sells that are none of our offers."
)
cli.add_typer(issuances.cli, name="issuances", help="Show the newest Issue transactions; resolve one that hangs.")
cli.add_typer(alerting.cli, name="alerts", help="Wake people when something is wrong; try whether they can be woken.")
cli.add_typer(audit.cli, name="audit", help="The ledger as evidence.")
cli.add_typer(users.cli, name="users", help="Who may use the console.")
cli.add_typer(keys.cli, name="keys", help="Make and show key files.")
cli.add_typer(database.cli, name="db", help="The ledger's tables.")


def main() -> None:
    """Run the command; exit 2 when what it was told is wrong, 1 when it could not be done."""
    try:
        cli()
    except MeicError as error:
        sys.stderr.write(f"meic: {error}\n")
        sys.exit(2 if isinstance(error, InvalidInput) else 1)
