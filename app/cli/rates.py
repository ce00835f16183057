"""`meic rates`: what foreign currencies are worth, and who says so."""

from dataclasses import asdict
from fractions import Fraction
from typing import Annotated

import typer
from rich.console import Console

from app.bootstrap import coordinator
from app.cli.doorbells import ring
from app.cli.operators import operator
from app.cli.show import AsJson
from app.domain.errors import InvalidInput
from app.domain.money import format_dollars, parse_dollars
from app.domain.reasons import checked_reason
from app.doorbells import PUBLISH_OFFERS
from app.services.read_rates import set_rate
from app.terminal import print_json, rates_table

cli = typer.Typer(invoke_without_command=True)

Currency = Annotated[str, typer.Argument(help="As in [rates.EUR].")]
Worth = Annotated[str, typer.Argument(help="What one unit is worth, in dollars: 1.0812")]
Why = Annotated[str, typer.Option(prompt=True, help="For the record.")]


@cli.callback()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what each currency of the settings is worth."""
    if context.invoked_subcommand is not None:
        return
    parts = coordinator()
    rates = {rate.currency: rate for rate in parts.ledger.rates.all()}
    if as_json:
        print_json([asdict(rate) for rate in rates.values()])
        return
    limits = {currency: each.maximum_age_seconds for currency, each in parts.settings.rates.items()}
    Console().print(rates_table(rates, limits, parts.clock.now()) if limits else "all markets are in dollars")


@cli.command("set")
def set_(currency: Currency, worth: Worth, why: Why) -> None:
    """Say what a currency is worth: where nobody else does, or where a source leapt and is right."""
    parts = coordinator()
    settings = parts.settings.rates.get(currency)
    if settings is None:
        known = ", ".join(sorted(parts.settings.rates)) or "none"
        raise InvalidInput(f"there is no [rates.{currency}] in the settings; expected one of: {known}")
    margin = Fraction(settings.margin_percent) / 100
    nanocents = parse_dollars(worth, what="the worth")
    rate = set_rate(parts.ledger, currency, nanocents, margin, parts.clock, who=operator(), why=checked_reason(why))
    typer.echo(
        f"1 {currency} is worth ${format_dollars(rate.observed_nanocents)}; offers count it as ${format_dollars(rate.unit_nanocents)}"
    )
    ring(PUBLISH_OFFERS)
