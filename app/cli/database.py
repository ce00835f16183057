"""`meic db`: the ledger's tables."""

import typer

from app.settings import load_settings
from app.store import migrate
from app.store.database import Database

cli = typer.Typer(no_args_is_help=True)


@cli.command()
def upgrade() -> None:
    """Create the ledger's tables, or bring them to this release; what is there stays."""
    database = Database(load_settings().ledger_url)
    before = migrate.current_version(database)
    migrate.upgrade(database)
    after = migrate.current_version(database)
    typer.echo(f"the ledger is at version {after}" + ("" if before == after else f" (was: {before or 'none'})"))
    database.close()


@cli.command()
def version() -> None:
    """Show the version of the ledger's tables and the one this release needs."""
    database = Database(load_settings().ledger_url)
    typer.echo(f"ledger: {migrate.current_version(database) or 'none'}, needed: {migrate.expected_version()}")
    database.close()
