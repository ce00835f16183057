"""A market's rules, as the exchange gives them and as the settings override them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from threading import Lock
from time import monotonic

from app.domain.errors import ExchangeRejected, ExchangeUnavailable, InvalidInput
from app.domain.markets import Market
from exchanges.ccxt.library import Raw
from exchanges.config import ExchangeConfig

_log = logging.getLogger(__name__)

_TICK_SIZE, _DECIMAL_PLACES = 4, 2
_FRESH_SECONDS = 3600.0
_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Listed:
    """A market as CCXT describes it, and what it means to us."""

    raw: Raw
    market: Market


class Markets:
    """Knows one market; reads it again every hour and when an order was refused for its rules. Shared by threads."""

    def __init__(self, read: Callable[[], Listed], *, monotonic: Callable[[], float] = monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._lock = Lock()
        self._known: Listed | None = None
        self._read_again_at = 0.0

    def get(self) -> Listed:
        """Return the market; an old one when the exchange does not answer now.

        Raises:
            ExchangeUnavailable: it was never read, and the exchange does not answer.
            ExchangeRejected: the exchange has no such market, or one whose rules cannot be followed.
        """
        with self._lock:
            if self._known is None or self._monotonic() >= self._read_again_at:
                self._known = self._read_or_keep(self._known)
            return self._known

    def doubt(self) -> None:
        """Read it again soon: its rules may have changed."""
        with self._lock:
            self._read_again_at = min(self._read_again_at, self._monotonic())

    def _read_or_keep(self, known: Listed | None) -> Listed:
        try:
            found = self._read()
        except ExchangeUnavailable as error:
            if known is None:
                raise
            _log.warning("the market's rules stay as they are known: %s", error)
            self._read_again_at = self._monotonic() + _AGAIN_SECONDS
            return known
        self._read_again_at = self._monotonic() + _FRESH_SECONDS
        # Clients compare the message by identity.
        return known if known is not None and known == found else found


def listed(raw: Raw, precision_mode: int, config: ExchangeConfig) -> Listed:
    """Read a market's rules.

    Raises:
        ExchangeRejected: it is no spot market, or one of a precision that our integers cannot follow.
    """
    if not raw.get("spot"):
        raise ExchangeRejected(f"{config.setting('symbol')} is {config.symbol!r}, which is no spot market")
    precision, limits = raw["precision"], raw["limits"]
    try:
        tick = _grain(precision.get("price") or config.price_tick, precision_mode, digits=11, what="prices")
        step = _grain(precision.get("amount") or config.quantity_step, precision_mode, digits=8, what="quantities")
        override = config.market(default_tick="1", default_step="1")
        market = Market(
            symbol=config.symbol,
            price_tick_nanocents=override.price_tick_nanocents if config.price_tick else tick,
            quantity_step_napu=override.quantity_step_napu if config.quantity_step else step,
            minimum_quantity_napu=(
                override.minimum_quantity_napu if config.minimum_quantity else _least(limits.get("amount"), digits=8)
            ),
            minimum_notional_nanocents=(
                override.minimum_notional_nanocents
                if config.minimum_notional
                else _least(limits.get("cost"), digits=11)
            ),
        )
    except InvalidInput as error:
        raise ExchangeRejected(f"market {config.symbol}: {error}") from error
    if market.price_tick_nanocents % tick or market.quantity_step_napu % step:
        raise ExchangeRejected(
            f"{config.setting('price_tick')} or quantity_step is finer than the exchange's; expected multiples of its own"
        )
    return Listed(raw, market)


def _grain(value: str, precision_mode: int, *, digits: int, what: str) -> int:
    if not value:
        raise InvalidInput(f"the exchange gives no step for {what}; set price_tick and quantity_step")
    number = _decimal(value)
    if precision_mode == _DECIMAL_PLACES:
        number = Decimal(1).scaleb(-int(number))
    elif precision_mode != _TICK_SIZE:
        raise InvalidInput(f"its {what} are limited to significant digits; expected a fixed step")
    units = number.scaleb(digits)
    if units <= 0 or units != units.to_integral_value():
        raise InvalidInput(f"its {what} go in steps of {value}; expected a precision of at most {digits} digits")
    return int(units)


def _least(limit: Raw | None, *, digits: int) -> int:
    value = (limit or {}).get("min")
    if value is None:
        return 0
    units = _decimal(value).scaleb(digits)
    return max(0, int(units.to_integral_value(rounding="ROUND_UP")))


def _decimal(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError) as error:
        raise InvalidInput(f"a rule is {value!r}; expected a decimal number") from error
    if not number.is_finite():
        raise InvalidInput(f"a rule is {value!r}; expected a decimal number")
    return number
