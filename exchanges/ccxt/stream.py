"""Our own trades as CCXT hears of them. It wakes the poll; nothing that it says is used."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import Any

from app.domain.errors import AuthenticationFailed, ExchangeUnavailable, MeicError
from exchanges.ccxt.library import Ccxt, ccxt

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
"""A connection on which for twice this long nothing came, not even an answer to a ping, is dead."""

SETTLING_SECONDS = 3.0
"""How long after the first frame others may follow that belong to subscribing."""

_REFUSAL_SECONDS = 0.05
"""A frame that refuses the key is a frame too: by then CCXT has raised over it."""

_CLOSE_SECONDS = 1.0
_FRAMES_OF_LIFE = {1, 2, 9, 10}
"""RFC 6455's text, binary, ping and pong; not the frame that closes."""


class CcxtStream:
    """The stream of one account's trades on one market.

    Args:
        name: the exchange's name in the settings, for messages.
        make: makes an exchange object that knows keys and addresses; one is made for each connection, as CCXT keeps
            what it knows of a connection, its failures too, in the object.
        market_params: what makes CCXT's `fetch_markets` ask for no more than it needs.
        excerpt: masks secrets in a text of others.
    """

    def __init__(
        self,
        name: str,
        symbol: str,
        make: Callable[[], Ccxt],
        *,
        market_params: Mapping[str, Any],
        excerpt: Callable[[str], str],
    ) -> None:
        self._name = name
        self._symbol = symbol
        self._make = make
        self._market_params = dict(market_params)
        self._excerpt = excerpt
        self._markets_of: Ccxt | None = None
        self._closings: set[asyncio.Task[None]] = set()

    async def events(self) -> AsyncGenerator[None, None]:
        """Connect; yield when connected, and whenever something of ours may have been traded.

        Raises:
            ExchangeUnavailable: the connection could not be made, or is dead.
            AuthenticationFailed: the exchange does not accept the key.
        """
        exchange = self._make()
        line = _Line(exchange)
        watching = asyncio.create_task(self._watch(exchange, line))
        try:
            while True:
                await line.next_event()
                yield
        except Exception as error:
            raise self._mapped(error) from error
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._close(exchange)

    async def _watch(self, exchange: Ccxt, line: "_Line") -> None:
        try:
            await self._learn_markets(exchange)
            # Coinbase tells of orders only.
            listen = exchange.watch_my_trades if exchange.has.get("watchMyTrades") else exchange.watch_orders
            while True:
                await listen(self._symbol)
                line.wake()
        except Exception as error:  # noqa: BLE001  it is raised where somebody waits for it
            line.fail(error)

    async def _learn_markets(self, exchange: Ccxt) -> None:
        """Ask for the markets and the exchange's time, once; without them CCXT can neither subscribe nor sign."""
        if self._markets_of is None and exchange.markets is None:
            exchange.options["adjustForTimeDifference"] = True
            exchange.set_markets(await exchange.fetch_markets(self._market_params))
        elif self._markets_of is not None:
            exchange.set_markets_from_exchange(self._markets_of)
            exchange.options["timeDifference"] = self._markets_of.options.get("timeDifference", 0)
        self._markets_of = exchange

    async def _close(self, exchange: Ccxt) -> None:
        """Close it; a dead connection is left to close by itself, as nobody answers there."""
        closing = asyncio.create_task(exchange.close())
        self._closings.add(closing)
        closing.add_done_callback(self._closed)
        await asyncio.wait({closing}, timeout=_CLOSE_SECONDS)

    def _closed(self, closing: asyncio.Task[None]) -> None:
        self._closings.discard(closing)
        if not closing.cancelled() and (error := closing.exception()):
            log.debug("%s: its stream could not be closed: %s", self._name, self._excerpt(str(error)))

    def _mapped(self, error: Exception) -> MeicError:
        library = ccxt()
        # Where a key is refused, CCXT's tidying up may fail in turn and hide why.
        error = next((each for each in _with_causes(error) if isinstance(each, library.BaseError)), error)
        words = self._excerpt(f"{type(error).__name__}: {error}")
        if isinstance(error, library.AuthenticationError):
            return AuthenticationFailed(f"{self._name} refuses the API key for its stream: {words}")
        return ExchangeUnavailable(f"{self._name}: its stream is dead: {words}")


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class _Line:
    """The connection under an exchange object: every frame that comes in passes here.

    CCXT tells only of trades. That it is connected shows in its first frame, and while it subscribes each frame may be
    the one after which trades are told: so each of those counts as an event.
    """

    def __init__(self, exchange: Ccxt) -> None:
        self._woken: asyncio.Queue[Exception | None] = asyncio.Queue()
        self._settled_at: float | None = None
        self._make_client = exchange.client
        self._now = exchange.milliseconds
        exchange.client = self._client
        exchange.streaming = exchange.streaming | {"keepAlive": int(PING_SECONDS * 1000), "maxPingPongMisses": 2}

    def wake(self) -> None:
        if self._woken.empty():
            self._woken.put_nowait(None)

    def fail(self, error: Exception) -> None:
        self._woken.put_nowait(error)

    async def next_event(self) -> None:
        error = await self._woken.get()
        if error is not None:
            raise error

    def _client(self, url: str) -> Any:
        client = self._make_client(url)
        if "handle_message" not in vars(client):
            client.handle_message = self._hearing(client, client.handle_message)
        return client

    def _hearing(self, client: Any, handle: Callable[[Any], None]) -> Callable[[Any], None]:
        def hear(frame: Any) -> None:
            if frame.type in _FRAMES_OF_LIFE:
                client.lastPong = self._now()  # CCXT itself would wait for answered pings only
                self._note_life()
            try:
                handle(frame)
            except Exception as error:  # noqa: BLE001  CCXT would read no further, and tell nobody
                self.fail(error)

        return hear

    def _note_life(self) -> None:
        loop = asyncio.get_running_loop()
        if self._settled_at is None:
            self._settled_at = loop.time() + SETTLING_SECONDS
        if loop.time() < self._settled_at:
            loop.call_later(_REFUSAL_SECONDS, self.wake)
