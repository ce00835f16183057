"""What one process is built of, as `app.bootstrap` builds it, over the simulated world."""

from typing import TYPE_CHECKING

from app.bootstrap import Coordinator
from app.domain.markets import Market
from app.ndau.client import NdauChain
from app.ports.exchanges import OrderTrackingSystem
from app.services.breakers import Breakers
from app.store.ledger import SqlLedger
from exchanges.bitmart.account import Account
from exchanges.bitmart.client import Client, server_time
from exchanges.bitmart.key_file import ApiKey
from exchanges.bitmart.messages import error_words
from exchanges.bitmart.ots import BitmartOts
from exchanges.bitmart.token import AUTHENTICATIONS, AccessToken
from exchanges.http import Http
from exchanges.local_budget import LocalBudget
from exchanges.redaction import Redaction
from exchanges.server_clock import ServerClock
from tasks.guarding import follow_up
from tests.simulation.bitmart_server import BitmartServer
from tests.simulation.faults import Luck
from tests.simulation.ledger import WatchedLedger
from tests.simulation.named_ots import NamedOts
from tests.simulation.network import Network
from tests.simulation.signing_service import SignerLine

if TYPE_CHECKING:
    import requests

    from app.domain.offers import Level
    from tests.simulation.workers import Worker
    from tests.simulation.world import World

_KEY = ApiKey(access="acce55", secret="5ec7e7", memo="issuer")
_ENDPOINT = "http://127.0.0.1:1"


class Parts(Coordinator):
    """The parts of one process: those that reach the world are the simulation's, all else is `app.bootstrap`'s."""

    def __init__(self, world: "World", worker: "Worker") -> None:
        super().__init__(world.settings, world.clock)
        ledger = SqlLedger(world.file.database, world.clock)
        self._parts["ledger"] = WatchedLedger(ledger, worker.step, world.knowledge.hears_of(worker), worker.held)
        self._parts["breakers"] = Breakers(
            lambda: self.ledger,
            world.clock,
            world.settings.policy.breaker_failures,
            self._came_back,
            monotonic=world.time.monotonic,
        )
        node = Network(world.scheduler, world.dice, worker.step, world.node.serve)
        self._parts["chain"] = NdauChain(_ENDPOINT, session=node)
        self._parts["signer"] = SignerLine(world.signing, world.dice, worker.step)
        for name, market in world.markets.items():
            self._parts[f"exchange {name}"] = (
                NamedOts(market, worker.step, world.page_size)
                if market.keeps_client_order_ids
                else _bitmart(world, worker, world.servers[name])
            )
        self._world = world

    def _came_back(self, name: str) -> None:
        self._world.dice.saw(Luck.BACK)
        follow_up(name)


class _SimulatedHttp(Http):
    """The real door, with the simulation's network behind it."""

    def __init__(self, network: Network, redaction: Redaction, budget: LocalBudget) -> None:
        super().__init__(_ENDPOINT, 10.0, redaction, error_words, budget)
        self._network = network

    def _new_session(self) -> "requests.Session":
        return self._network


class _WatchedBitmart(BitmartOts):
    """Tells which offer is being placed: the exchange itself never learns it, the truth must."""

    def __init__(self, name: str, market: Market, client: Client, worker: "Worker") -> None:
        super().__init__(name, market, client, lambda: None)
        self._worker = worker

    def place_offer(self, client_order_id: str, level: "Level") -> str:
        self._worker.placing = client_order_id
        return super().place_offer(client_order_id, level)


def _bitmart(world: "World", worker: "Worker", server: BitmartServer) -> OrderTrackingSystem:
    # As `exchanges.bitmart.build` does it, without files.
    line = Network(world.scheduler, world.dice, worker.step, server.serve, placing=lambda: worker.placing)
    line.is_cut = lambda: server.market.is_away
    redaction = Redaction(_KEY.secret)
    time, pause = world.time.monotonic, world.clock.wait
    http = _SimulatedHttp(line, redaction, LocalBudget(monotonic=time, pause=pause))
    clock = ServerClock(lambda: server_time(http), now=world.clock.now, monotonic=time)
    budget = LocalBudget([AUTHENTICATIONS], what="authentications", monotonic=time, pause=pause)
    account = Account(_KEY, http, AccessToken(_KEY, http, redaction, clock.now, budget), clock)
    market = server.market
    return _WatchedBitmart(market.name, market.market, Client(market.market.symbol, http, account), worker)
