"""All traders of one process, a thread each."""

import threading
from contextlib import ExitStack
from random import Random

from localnet.buyers.config import BuyersConfig, TraderConfig
from localnet.buyers.trader import Trader
from venue.clients import open_client


class Crowd:
    """Runs the traders until `stop` is called, or until they made `max_trades` trades; None means no end."""

    def __init__(self, config: BuyersConfig, max_trades: int | None = None) -> None:
        self._config = config
        self._max_trades = max_trades
        self._trades = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @property
    def trades(self) -> int:
        """How many trades they made so far."""
        return self._trades

    def stop(self) -> None:
        """Let every trader finish what it is doing and end; may be called from a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Trade until stopped."""
        with ExitStack() as stack:
            threads = [
                threading.Thread(target=self._trader(each, stack).run, name=each.name) for each in self._config.traders
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _trader(self, each: TraderConfig, stack: ExitStack) -> Trader:
        client = stack.enter_context(
            open_client(
                each.gateway,
                each.endpoint,
                access=each.access,
                secret=each.secret.get_secret_value(),
                memo=each.memo,
                symbol=each.symbol,
            )
        )
        return Trader(
            client,
            self._config.habits(each),
            # Seeded by name as well, so that each trader has its own dice and keeps them when others join.
            Random(f"{self._config.seed}/{each.name}"),  # noqa: S311  a simulation wants repeatable dice
            name=each.name,
            mean_seconds=self._config.mean_seconds,
            stop=self._stop,
            traded=self._count,
        )

    def _count(self) -> None:
        with self._lock:
            self._trades += 1
            if self._trades == self._max_trades:
                self._stop.set()
