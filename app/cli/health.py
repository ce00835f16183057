"""`meic health`: how one process of this host is, for health checks and for people."""

from typing import Annotated

import typer

from app.vitals.asking import KINDS, ask


def add_to(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(health)


def health(
    kind: Annotated[str, typer.Argument(help=f"Which: {', '.join(KINDS)}.")],
    *,
    ready: Annotated[bool, typer.Option("--ready", help="Also whether it reaches what it needs.")] = False,
) -> None:
    """Say how a process of this host is; exit 1 if it does not do its work."""
    raise typer.Exit(ask(kind, is_ready=ready))
