"""`meic db`: the ledger's tables."""

import typer

from app.settings.loading import load_settings
from app.store.database import Database
from app.store.version import EXPECTED_VERSION, current_version

cli = typer.Typer(no_args_is_help=True)


@cli.command()
def upgrade() -> None:
    """Create the ledger's tables, or bring them to this release; what is there stays."""
    from app.store.migrate import upgrade as upgrade_tables  # noqa: PLC0415  a large library that only this needs

    database = Database(load_settings().ledger_url)
    before = current_version(database)
    upgrade_tables(database)
    after = current_version(database)
    typer.echo(f"the ledger is at version {after}" + ("" if before == after else f" (was: {before or 'none'})"))
    database.close()


@cli.command()
def version() -> None:
    """Show the version of the ledger's tables and the one this release needs."""
    database = Database(load_settings().ledger_url)
    typer.echo(f"ledger: {current_version(database) or 'none'}, needed: {EXPECTED_VERSION}")
    database.close()
