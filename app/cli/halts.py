"""`meic halt`, `meic resume`: stop and go on."""

import getpass
from typing import Annotated

import typer

from app.bootstrap import coordinator, exchange_config
from app.domain.errors import InvalidInput
from app.domain.halts import Scope
from app.settings import load_settings

What = Annotated[Scope, typer.Argument(help="What to stop: issuing or publishing.")]
Exchange = Annotated[str | None, typer.Option(help="Only this exchange (publishing); otherwise everywhere.")]


def add_to(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command()(halt)
    cli.command()(resume)


def halt(what: What, why: Annotated[str, typer.Option(prompt=True)], exchange: Exchange = None) -> None:
    """Stop issuing or publishing at once, until it is resumed; what was sent already is looked up all the same later."""
    _check(what, exchange)
    halted = coordinator().ledger.halts.halt(what, exchange, who=getpass.getuser(), why=why)
    typer.echo(f"{what} is halted since {halted.since:%Y-%m-%d %H:%M:%S} UTC by {halted.who}: {halted.why}")


def resume(what: What, why: Annotated[str, typer.Option(prompt=True)], exchange: Exchange = None) -> None:
    """Lift a halt. A refused issuance is then looked up, and the SAME transaction is sent again if the chain lacks it."""
    _check(what, exchange)
    lifted = coordinator().ledger.halts.lift(what, exchange, who=getpass.getuser(), why=why)
    typer.echo(f"{what} is resumed" if lifted else f"{what} was not halted" + (f" on {exchange}" if exchange else ""))


def _check(what: Scope, exchange: str | None) -> None:
    if exchange is not None:
        if what is Scope.ISSUING:
            raise InvalidInput("issuing is one for all exchanges; --exchange goes with publishing")
        exchange_config(load_settings(), exchange)
