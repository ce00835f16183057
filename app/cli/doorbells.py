"""Ring tasks after something was committed. The ledger holds what is to be done, so without a broker nothing is lost."""

import typer

from app import doorbells
from app.domain.errors import Unavailable
from app.doorbells import Bell

_PATIENCE_SECONDS = 5.0


def ring(*bells: Bell) -> None:
    """Ring, or say that the broker is down and who does it then."""
    try:
        doorbells.ring(*bells, patience_seconds=_PATIENCE_SECONDS)
    except Unavailable as error:
        typer.echo(f"the ledger has it, but no worker could be told ({error}); beat follows when the broker is back")
