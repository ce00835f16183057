"""Leave exchanges alone that do not answer, in every process at once, and notice when they are back."""

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic

from app.domain.errors import ExchangeUnavailable
from app.domain.health import ExchangeHealth
from app.ports.clock import Clock
from app.ports.ledger import Ledger

log = logging.getLogger(__name__)

_VIEW_SECONDS = 1.0
"""How long this process relies on what it last read; an exchange that fails here is known here at once."""

_LONGEST_WHY = 300


class Breakers:
    """What the ledger says of all exchanges, as this process last saw it. Safe for threads.

    It is bookkeeping: when the ledger cannot be read or written the calls go on as if all exchanges were well, and what
    a call did or did not do is never hidden by it.
    """

    def __init__(
        self,
        ledger: Callable[[], Ledger],
        clock: Clock,
        most_failures: int,
        when_back: Callable[[str], object],
        *,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._most_failures = most_failures
        self._when_back = when_back
        self._monotonic = monotonic
        self._lock = Lock()
        self._ailing: dict[str, ExchangeHealth] = {}
        self._read_at: float | None = None

    def down(self, exchange: str) -> ExchangeHealth | None:
        """Return how it is about an exchange that is down; None when it is not."""
        health = self._health(exchange)
        return None if health is None or health.down_since is None else health

    def is_left_alone(self, exchange: str) -> bool:
        """Tell whether an exchange is down and no probe is due: whatever would be asked of it fails."""
        health = self.down(exchange)
        return health is not None and not health.is_probe_due(self._clock.now())

    def admit(self, exchange: str, *, may_probe: bool) -> None:
        """Let a call pass: to an exchange that is not down, or as the one probe that is due.

        Raises:
            ExchangeUnavailable: it is down; nobody asked.
        """
        health = self.down(exchange)
        if health is None:
            return
        if may_probe and health.is_probe_due(self._clock.now()) and self._claimed(health):
            log.info("%s: probing", exchange)
            return
        raise ExchangeUnavailable(health.words())

    def failed(self, exchange: str, error: Exception) -> None:
        """Count a failure."""
        was_down = self.down(exchange)
        try:
            health = self._ledger().health.failed(exchange, str(error)[:_LONGEST_WHY], self._most_failures)
        except Exception:  # whatever it is, the caller must hear of its own call's error
            log.exception("%s: its failure could not be noted", exchange)
            return
        with self._lock:
            self._ailing[exchange] = health
        if health.down_since is not None and was_down is None:
            log.error("%s", health.words())

    def answered(self, exchange: str) -> None:
        """Note that an exchange answers; one that did before costs nothing."""
        if self._health(exchange) is None:
            return
        try:
            was_down = self._ledger().health.answered(exchange)
            with self._lock:
                self._ailing.pop(exchange, None)
            if was_down:
                log.info("%s is back", exchange)
                self._when_back(exchange)
        except Exception:  # whatever it is, what the call did must not be lost
            log.exception("%s: that it answers could not be noted", exchange)

    def _health(self, exchange: str) -> ExchangeHealth | None:
        with self._lock:
            now = self._monotonic()
            if self._read_at is None or now - self._read_at >= _VIEW_SECONDS:
                self._read_at = now
                try:
                    self._ailing = {each.exchange: each for each in self._ledger().health.ailing()}
                except Exception:  # without the ledger nothing is sold or issued anyway
                    log.exception("how the exchanges are could not be read")
                    self._ailing = {}
            return self._ailing.get(exchange)

    def _claimed(self, health: ExchangeHealth) -> bool:
        try:
            return self._ledger().health.claim_probe(health)
        except Exception:  # somebody else will probe
            log.exception("%s: a probe could not be claimed", health.exchange)
            return False
        finally:
            with self._lock:
                self._read_at = None  # the next one sees when the next probe is
