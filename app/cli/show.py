"""`meic status`, `meic offers`: what the ledger says."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.bootstrap import coordinator
from app.cli.streams import stream_lines, streams_json
from app.services.overview import overview
from app.terminal import offers_table, print_json, summary

Limit = Annotated[int, typer.Option(min=1, max=100_000, help="How many, newest first.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, amounts as integers in napu and nanocents.")]


def add_to(cli: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, offers):
        cli.command()(command)


def status(as_json: AsJson = False) -> None:
    """Show the price, what was sold and issued, and every exchange."""
    parts = coordinator()
    view = overview(parts.ledger)
    if as_json:
        more = {"price_nanocents": view.price_nanocents, "is_settled": view.is_settled}
        print_json(asdict(view) | more | {"streams": streams_json(parts.settings)})
        return
    _print("\n".join([summary(view), *stream_lines(parts.settings)]), offers_table(view, parts.currencies()))


def offers(as_json: AsJson = False) -> None:
    """Show what is offered on every exchange."""
    parts = coordinator()
    view = overview(parts.ledger)
    if as_json:
        print_json([asdict(exchange) for exchange in view.exchanges])
        return
    _print(offers_table(view, parts.currencies()))


def _print(*parts: Table | str) -> None:
    console = Console()
    for part in parts:
        console.print(part)
