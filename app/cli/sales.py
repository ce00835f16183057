"""`meic sales`: what was sold, and what sells are that are none of our offers."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from app.bootstrap import coordinator
from app.cli.doorbells import ring
from app.cli.operators import operator
from app.cli.show import AsJson, Limit
from app.doorbells import ISSUE_SALES, PUBLISH_OFFERS
from app.services.claim_sales import claim_sales, dismiss_sales
from app.terminal import print_json, sales_table, unclaimed_table

cli = typer.Typer(invoke_without_command=True)

Exchange = Annotated[str, typer.Argument(help="The exchange, as in the settings.")]
FillIds = Annotated[
    list[str], typer.Argument(help="The exchange's ids of the fills; `meic sales unclaimed` shows them.")
]
Why = Annotated[str, typer.Option(prompt=True, help="For the record.")]


@cli.callback()
def list_sales(context: typer.Context, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Show the newest fills, and which of them are target price sales."""
    if context.invoked_subcommand is not None:
        return
    rows = coordinator().ledger.fills.recent(limit)
    if as_json:
        print_json([{"exchange": exchange, "kind": kind} | asdict(fill) for exchange, fill, kind in rows])
        return
    Console().print(sales_table(rows, coordinator().currencies()))


@cli.command()
def unclaimed(limit: Limit = 100, as_json: AsJson = False) -> None:
    """Show the oldest sells on our accounts that are none of our offers and wait to be claimed or dismissed."""
    rows = coordinator().ledger.claims.unclaimed(limit)
    if as_json:
        print_json([{"exchange": exchange} | asdict(fill) for exchange, fill in rows])
        return
    Console().print(unclaimed_table(rows, coordinator().currencies()) if rows else "nothing is unclaimed")


@cli.command()
def claim(exchange: Exchange, fill_ids: FillIds, why: Why) -> None:
    """Make sells that are none of our offers target price sales: they are issued like any other. Dismissed ones too."""
    claimed = claim_sales(coordinator().ledger, exchange, fill_ids, who=operator(), why=why)
    typer.echo(claimed.words("claimed", exchange))
    if claimed.fill_ids:
        ring(ISSUE_SALES, PUBLISH_OFFERS)


@cli.command()
def dismiss(exchange: Exchange, fill_ids: FillIds, why: Why) -> None:
    """Say that sells are no target price sales: they are not issued. Claimed ones too, while they are in no issuance."""
    dismissed = dismiss_sales(coordinator().ledger, exchange, fill_ids, who=operator(), why=why)
    typer.echo(dismissed.words("dismissed", exchange))
    if dismissed.fill_ids:
        ring(PUBLISH_OFFERS)
