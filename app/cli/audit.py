"""`meic audit`: the ledger as evidence."""

import typer

from app.settings.loading import load_settings
from app.store.audit import find_alterations
from app.store.database import Database
from app.store.version import check_version

cli = typer.Typer(no_args_is_help=True)


@cli.command()
def verify() -> None:
    """Find every row of the ledger that is not what was written; exit 1 when there is one."""
    database = Database(load_settings().ledger_url)
    check_version(database)
    with database.snapshot() as connection:
        end, problems = find_alterations(connection)
    database.close()
    for problem in problems:
        typer.echo(f"ALTERED  {problem}")
    if end is not None:
        typer.echo(f"{end.number} events, the last one's hash is {end.hash}")
    if problems:
        raise typer.Exit(1)
    typer.echo(
        "the ledger is what was written; keep the hash elsewhere to prove later that nothing was cut off its end"
    )
