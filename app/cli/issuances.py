"""`meic issuances`: the Issue transactions, and what became of one that does not settle by itself."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from app.bootstrap import coordinator
from app.cli.doorbells import ring
from app.cli.operators import operator
from app.cli.show import AsJson, Limit
from app.doorbells import ISSUE_SALES, PUBLISH_OFFERS
from app.services.resolve_issuance import resolve_issuance
from app.terminal import issuances_table, print_json, resolution_table

cli = typer.Typer(invoke_without_command=True)

_MOST_ID = 2**63 - 1


@cli.callback()
def list_issuances(context: typer.Context, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Show the newest Issue transactions."""
    if context.invoked_subcommand is not None:
        return
    rows = coordinator().ledger.issuances.recent(limit)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    Console().print(issuances_table(rows))


@cli.command()
def resolve(
    issuance_id: Annotated[int, typer.Argument(min=1, max=_MOST_ID, help="Its id, as `meic issuances` shows.")],
    why: Annotated[str, typer.Option(prompt=True, help="For the record.")],
) -> None:
    """Show what ledger, chain and signer say about an issuance, and settle it if the chain proves how it ended.

    Nothing is signed or sent. Exit 1 if the chain does not prove it.
    """
    parts = coordinator()
    found = resolve_issuance(parts.ledger, parts.chain, parts.signer, parts.clock, issuance_id, who=operator(), why=why)
    console = Console(soft_wrap=True)
    console.print(resolution_table(found))
    if found.was_settled:
        ring(ISSUE_SALES, PUBLISH_OFFERS)
    if not found.is_final:
        raise typer.Exit(1)
