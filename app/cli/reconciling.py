"""`meic reconcile`: the ledger beside the chain and the exchanges."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from app.bootstrap import coordinator
from app.cli.show import AsJson
from app.domain.errors import MeicError, Unavailable
from app.services.reconcile import Reconciliation, halt_on_money, reconcile
from app.services.reconcile_exchange import record_missing
from app.terminal import differences_table, print_json

Hours = Annotated[float, typer.Option(min=0.1, help="How far back fills are compared.")]
Everything = Annotated[bool, typer.Option("--all", help="Compare all fills since the first offer.")]
Record = Annotated[
    bool, typer.Option("--record", help="First record fills that the exchanges have and the ledger lacks.")
]


def add_to(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command(name="reconcile")(run_reconcile)


def run_reconcile(
    hours: Hours = 24.0, everything: Everything = False, record: Record = False, as_json: AsJson = False
) -> None:
    """Compare issuances with the chain, fills with each exchange's own history, offers with open orders.

    One table of what differs in two looks; exit 1 if anything does or could not be read. A difference in money halts
    issuing.
    """
    parts = coordinator()
    since = None if everything else parts.clock.now() - timedelta(hours=hours)
    if record:
        _record(since)
    found = reconcile(parts.ledger, parts.chain, tuple(parts.depths()), parts.ots, parts.clock, since=since)
    halt_on_money(parts.ledger, found)
    if as_json:
        print_json(asdict(found))
    else:
        _show(found)
    parts.close()
    if found.differences or found.unread or found.waiting:
        raise typer.Exit(1)


def _record(since: datetime | None) -> None:
    parts = coordinator()
    for name in parts.depths():
        try:
            count = record_missing(parts.ledger, parts.ots(name), since=since)
        except MeicError as error:
            raise Unavailable(f"{name} could not be read: {error}") from error
        if count:
            typer.echo(f"{name}: {count} fills recorded")


def _show(found: Reconciliation) -> None:
    console = Console()
    if found.differences:
        console.print(differences_table(found.differences))
    for where, why in found.unread:
        console.print(f"{where} could not be read: {why}", markup=False)
    if found.waiting:
        console.print(found.waiting, markup=False)
    if not (found.differences or found.unread or found.waiting):
        console.print("no difference")
