"""Keep the reference rates of foreign currencies fresh."""

import logging
from collections.abc import Mapping
from fractions import Fraction

from app.domain.errors import InvalidInput, MeicError
from app.domain.money import format_dollars
from app.domain.rates import Rate, counted_for, is_a_leap
from app.ports.clock import Clock
from app.ports.exchanges import RateSource
from app.ports.ledger import Ledger

log = logging.getLogger(__name__)

_LEAPT = "RateLeapt"


def read_rates(
    ledger: Ledger, sources: Mapping[str, RateSource], margins: Mapping[str, Fraction], clock: Clock
) -> dict[str, str]:
    """Ask each currency's source what it is worth, and store that.

    A source that does not answer leaves the rate as it is, and the rate grows old. One that leaps by more than a tenth is
    not believed: an operator looks, and sets it by hand if it is right.

    Returns:
        What came of each: the worth in dollars, or what went wrong.
    """
    return {currency: _read(ledger, currency, source, margins[currency], clock) for currency, source in sources.items()}


def set_rate(
    ledger: Ledger, currency: str, worth_nanocents: int, margin: Fraction, clock: Clock, *, who: str, why: str
) -> Rate:
    """Store what an operator says a currency is worth, however far it is from what it was.

    Raises:
        InvalidInput: it is not above 0.
    """
    if worth_nanocents <= 0:
        raise InvalidInput(f"the rate of {currency} is {worth_nanocents} nanocents; expected above 0")
    return _store(ledger, currency, worth_nanocents, margin, clock, source=f"{who}, by hand", why=why)


def _read(ledger: Ledger, currency: str, source: RateSource, margin: Fraction, clock: Clock) -> str:
    try:
        worth = source.worth_nanocents()
    except MeicError as error:
        log.warning("the rate of %s is not known: %s", currency, error)
        return str(error)
    previous = ledger.rates.find(currency)
    if previous is not None and is_a_leap(previous, worth):
        words = (
            f"{source.name} says that 1 {currency} is ${format_dollars(worth)}, and it was "
            f"${format_dollars(previous.observed_nanocents)}; if that is right: meic rates set {currency} {format_dollars(worth)}"
        )
        log.error("%s", words)
        ledger.events.append(_LEAPT, currency, {"observed_nanocents": worth, "source": source.name})
        return words
    _store(ledger, currency, worth, margin, clock, source=source.name)
    return format_dollars(worth)


def _store(
    ledger: Ledger, currency: str, worth_nanocents: int, margin: Fraction, clock: Clock, *, source: str, why: str = ""
) -> Rate:
    unit = counted_for(ledger.rates.find(currency), worth_nanocents, margin)
    rate = Rate(currency, unit, worth_nanocents, clock.now(), source)
    ledger.rates.store(rate, why=why)
    return rate
