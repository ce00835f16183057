"""`meic halt`, `meic resume`, `meic halts`: stop, go on, and what is stopped."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from app.bootstrap import Coordinator, coordinator, exchange_config
from app.cli.doorbells import ring
from app.cli.operators import operator
from app.cli.pulls import pull_from
from app.cli.show import AsJson
from app.domain.errors import InvalidInput
from app.domain.halts import Stoppable, scope_words
from app.domain.reasons import checked_reason
from app.doorbells import ISSUE_SALES
from app.services import halting
from app.services.pull_offers import exchanges_with_offers
from app.settings.loading import load_settings
from app.terminal import halts_table, print_json, pulls_table

Stop = Annotated[Stoppable, typer.Argument(help="issuing, publishing, or all of it.")]
Exchange = Annotated[str | None, typer.Option(help="Only this exchange (publishing); otherwise everywhere.")]
Why = Annotated[str, typer.Option(prompt=True, help="For the record.")]
Pull = Annotated[
    bool, typer.Option("--pull-offers", help="Then cancel our offers there, and wait until each is final.")
]

_MOST_HALTS = 1000


def add_to(cli: typer.Typer) -> None:
    """Add the commands."""
    for command in (halt, resume, halts):
        cli.command()(command)


def halt(what: Stop, why: Why, exchange: Exchange = None, pull_offers: Pull = False) -> None:
    """Stop issuing, publishing or both at once, until it is resumed; what was sent is looked up all the same later.

    Offers stay on the exchanges and go on selling unless they are pulled; exit 1 if one may be open after that.
    """
    _check(what, exchange)
    if pull_offers and what is Stoppable.ISSUING:
        raise InvalidInput("--pull-offers goes with publishing or all; issuing has no offers")
    parts, why, who = coordinator(), checked_reason(why), operator()
    for halted in halting.halt(parts.ledger, what, exchange, who=who, why=why):
        typer.echo(halted.words())
    if pull_offers:
        _pull(parts, exchange, who, why)


def resume(what: Stop, why: Why, exchange: Exchange = None) -> None:
    """Lift a halt. A refused issuance is then looked up, and the SAME transaction is sent again if the chain lacks it."""
    _check(what, exchange)
    resumed = halting.resume(coordinator().ledger, what, exchange, who=operator(), why=why)
    for scope in what.scopes:
        done = "is resumed" if scope in resumed.lifted else "was not halted"
        typer.echo(f"{scope_words(scope, exchange)} {done}")
    for left in resumed.standing:
        where = f" --exchange {left.exchange}" if left.exchange else ""
        typer.echo(f"still halted by {left.who}: {left.why}; `meic resume {left.scope}{where}` lifts it")


def halts(
    everything: Annotated[bool, typer.Option("--all", help="Those that were lifted too, newest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is stopped, by whom and why."""
    past = coordinator().ledger.halts.history(_MOST_HALTS)
    shown = [each for each in past if everything or each.lifted_at is None]
    if as_json:
        print_json([asdict(each.halt) | {name: getattr(each, name) for name in _LIFTED} for each in shown])
        return
    Console().print(halts_table(shown) if shown else "nothing is halted")


_LIFTED = ("lifted_at", "lifted_by", "lifted_why")


def _check(what: Stoppable, exchange: str | None) -> None:
    halting.check_place(what, exchange)
    if exchange is not None:
        exchange_config(load_settings(), exchange)


def _pull(parts: Coordinator, exchange: str | None, who: str, why: str) -> None:
    names = [exchange] if exchange else exchanges_with_offers(parts.ledger, parts.depths())
    reports = pull_from(parts, names, who=who, why=why)
    Console().print(pulls_table(reports) if reports else "there is no exchange to pull offers from")
    if any(report.has_new_sales for report in reports):
        ring(ISSUE_SALES)
    if not all(report.is_done for report in reports):
        raise typer.Exit(1)
