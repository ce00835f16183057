"""What an exchange's driver is told: its part of the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from app.domain.errors import InvalidInput
from app.domain.markets import Market
from app.domain.money import parse_dollars, parse_ndau

MAX_TIMEOUT_SECONDS = 300.0
"""An exchange that thinks longer than this is down; a worker must not hang on it."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class ExchangeConfig:
    """One exchange as the settings name it; one driver can serve several.

    Attributes:
        name: the operator's name for the exchange; letters, digits, "-" and "_".
        driver: the folder in `exchanges` that speaks its protocol.
        id: which exchange it is, for a driver that speaks with several; "" for the others.
        symbol: the exchange's own name of the market.
        key_file: the account's credentials; None lets the driver look in its own folder.
        credentials: the same, from the settings themselves; empty for those of a file.
        endpoint: a base URL which replaces the driver's; None keeps it.
        timeout_seconds: the longest wait for a connection and for an answer, above 0.
        price_tick: decimal dollars; an empty text takes the driver's default. So do the next three.
        quantity_step: decimal ndau.
        minimum_quantity: decimal ndau.
        minimum_notional: decimal dollars.
        accept_untested: the operator takes the responsibility for an exchange that nobody has tried.
        limits_url: the Valkey in which all workers count calls together; None counts in this process.
    """

    name: str
    driver: str
    symbol: str
    key_file: Path | None = None
    endpoint: str | None = None
    timeout_seconds: float = 10.0
    price_tick: str = ""
    quantity_step: str = ""
    minimum_quantity: str = ""
    minimum_notional: str = ""
    limits_url: str | None = field(default=None, repr=False)
    id: str = ""
    accept_untested: bool = False
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse what no driver could use.

        Raises:
            InvalidInput: the name, symbol or timeout is wrong; the message names the setting.
        """
        if not _NAME.fullmatch(self.name):
            raise InvalidInput(f"exchange name is {self.name!r}; expected letters, digits, '-' and '_', at most 64")
        if not self.symbol:
            raise InvalidInput(f"{self.setting('symbol')} is empty; expected the exchange's name of the market")
        if not (isfinite(self.timeout_seconds) and 0 < self.timeout_seconds <= MAX_TIMEOUT_SECONDS):
            raise InvalidInput(
                f"{self.setting('timeout_seconds')} is {self.timeout_seconds}; "
                f"expected seconds above 0, at most {MAX_TIMEOUT_SECONDS:g}"
            )

    def setting(self, field: str) -> str:
        """Return how the settings call one of this exchange's values, for a message."""
        return f"exchanges.{self.name}.{field}"

    def market(self, *, default_tick: str, default_step: str) -> Market:
        """Return the market's rules, with the driver's tick and step where the settings give none.

        Raises:
            InvalidInput: a text is no such number, or a tick or step is not above 0.
        """
        return Market(
            symbol=self.symbol,
            price_tick_nanocents=parse_dollars(self.price_tick or default_tick, what=self.setting("price_tick")),
            quantity_step_napu=parse_ndau(self.quantity_step or default_step, what=self.setting("quantity_step")),
            minimum_quantity_napu=parse_ndau(self.minimum_quantity or "0", what=self.setting("minimum_quantity")),
            minimum_notional_nanocents=parse_dollars(
                self.minimum_notional or "0", what=self.setting("minimum_notional")
            ),
        )


@dataclass(frozen=True, slots=True)
class RateConfig:
    """Where the worth of a foreign currency comes from.

    Attributes:
        currency: as the settings name it.
        driver: the folder in `exchanges` that speaks the source's protocol.
        id: which exchange, where the driver speaks for several.
        symbol: the market whose price is the worth, such as EUR/USD.
        endpoint: a base URL which replaces the driver's; None keeps it.
    """

    currency: str
    driver: str
    id: str
    symbol: str
    endpoint: str | None = None
    timeout_seconds: float = 10.0

    def setting(self, field: str) -> str:
        """Return how the settings call one of its values, for a message."""
        return f"rates.{self.currency}.{field}"
