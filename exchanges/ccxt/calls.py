"""Calls of one account, with the port's errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from app.domain.errors import ExchangeUnavailable
from exchanges.ccxt.clients import Clients
from exchanges.ccxt.errors import ClockDoubted, changing, reading
from exchanges.ccxt.library import Ccxt, Raw
from exchanges.ccxt.markets import Listed, Markets
from exchanges.ccxt.session import Purpose
from exchanges.redaction import Redaction
from exchanges.server_clock import ServerClock

T = TypeVar("T")


class Calls:
    """Reads raise ExchangeUnavailable where nothing was learnt, changes OutcomeUnknown where nothing is certain.

    All raise RateLimited, AuthenticationFailed, and ExchangeRejected with the exchange's words.
    """

    def __init__(self, clients: Clients, clock: ServerClock, redaction: Redaction, markets: Markets) -> None:
        self._clients = clients
        self._clock = clock
        self._redaction = redaction
        self._markets = markets

    def read(self, what: str, call: Callable[[Ccxt, Raw], T], *, is_urgent: bool = False) -> T:
        """Make calls that only read; once more when the exchange doubted their time."""
        with self._ready(Purpose(is_urgent=is_urgent)) as (client, listed):
            try:
                with reading(what, client, self._redaction):
                    return call(client, listed.raw)
            except ClockDoubted:
                self._clock.forget()
                self._clock.now()
            with reading(what, client, self._redaction):
                return call(client, listed.raw)

    def change(self, what: str, call: Callable[[Ccxt, Raw], T], purpose: Purpose) -> T:
        """Make one call that changes something, once."""
        with self._ready(purpose) as (client, listed):
            try:
                with changing(what, client, self._redaction):
                    return call(client, listed.raw)
            except ClockDoubted as error:
                self._clock.forget()
                raise ExchangeUnavailable(f"{error}; nothing was done") from error

    @contextmanager
    def _ready(self, purpose: Purpose) -> Iterator[tuple[Ccxt, Listed]]:
        self._clients.warm_up()  # Before the clock is looked at: that takes its time, which is not the exchange's.
        self._clock.now()
        listed = self._markets.get()
        with self._clients.lent(listed.raw) as client:
            client.session.purpose = purpose
            try:
                yield client, listed
            finally:
                client.session.purpose = Purpose()


def read_server_time(clients: Clients, ask: Callable[[Ccxt], int], redaction: Redaction) -> int:
    """Return the exchange's clock, milliseconds since 1970; needs no credentials."""
    with clients.lent() as client, reading("server time", client, redaction):
        return ask(client)
