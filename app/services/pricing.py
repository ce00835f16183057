"""In what currency an exchange prices, and whether its rate is good enough to place offers by."""

from dataclasses import dataclass

from app.domain.money import NANOCENTS_PER_DOLLAR
from app.ports.clock import Clock
from app.ports.ledger import Ledger
from app.services.publisher import PublishRules


@dataclass(frozen=True, slots=True)
class Pricing:
    """How prices in dollars become a market's.

    Attributes:
        unit_nanocents: what one unit of the market's currency counts for; None when nobody has ever said.
        obstacle: why no new offer may be placed by it; "" when it may.
    """

    unit_nanocents: int | None
    obstacle: str = ""


def pricing(ledger: Ledger, clock: Clock, rules: PublishRules) -> Pricing:
    """Return what to price an exchange's offers by."""
    if not rules.currency:
        return Pricing(NANOCENTS_PER_DOLLAR)
    rate = ledger.rates.find(rules.currency)
    if rate is None:
        return Pricing(None, f"no rate of {rules.currency} is known yet; `meic rates` shows where it comes from")
    if rate.is_older_than(rules.rate_limit_seconds, clock.now()):
        return Pricing(
            rate.unit_nanocents,
            f"the rate of {rules.currency} is of {rate.observed_at:%Y-%m-%d %H:%M:%S} UTC, older than "
            f"{rules.rate_limit_seconds:g} s; no new offers until there is a newer one",
        )
    return Pricing(rate.unit_nanocents)
