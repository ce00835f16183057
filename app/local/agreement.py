"""Whether venues, chain and offers agree, from what THEY say, not from our ledger."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import Unavailable
from app.domain.markets import Market
from app.domain.money import NAPU_PER_NDAU, format_dollars, format_ndau, parse_dollars, parse_ndau
from app.domain.offers import desired_stack
from app.domain.showing import stack_on_market
from app.local.home import SYMBOL, LocalHome
from app.ndau.client import NdauChain
from app.settings.loading import required
from app.settings.settings import Settings
from localnet.chain.genesis import read_genesis
from venue.clients import VenueClient, open_client
from venue.errors import VenueError


@dataclass(frozen=True, slots=True)
class ExchangeAgreement:
    """One venue's own account of what was sold and what is on offer.

    Attributes:
        sold_napu: what the issuer's offers sold there.
        offered: open sells by price, price in nanocents, quantity in napu.
        due: what the stack asks for, the same way.
    """

    name: str
    sales: int
    sold_napu: int
    offered: dict[int, int]
    due: dict[int, int]

    @property
    def agrees(self) -> bool:
        """Whether what is offered is what is due."""
        return self.offered == self.due


@dataclass(frozen=True, slots=True)
class Agreement:
    """The venues' word beside the chain's.

    Attributes:
        issued_napu: what the chain's total has grown by since its genesis.
        issuances_napu: the sum of the Issue transactions in the chain's index.
    """

    exchanges: tuple[ExchangeAgreement, ...]
    issued_napu: int
    issuances: int
    issuances_napu: int

    @property
    def sold_napu(self) -> int:
        """What all venues sold for us."""
        return sum(exchange.sold_napu for exchange in self.exchanges)

    @property
    def agrees(self) -> bool:
        """Whether everything does, to the napu."""
        amounts = {self.sold_napu, self.issued_napu, self.issuances_napu}
        return len(amounts) == 1 and all(exchange.agrees for exchange in self.exchanges)

    def as_json(self) -> dict[str, object]:
        """Return it with amounts as decimal text."""
        return {
            "agrees": self.agrees,
            "sales": sum(exchange.sales for exchange in self.exchanges),
            "sold": format_ndau(self.sold_napu),
            "issued": format_ndau(self.issued_napu),
            "issuances": self.issuances,
            "issuances_sum": format_ndau(self.issuances_napu),
            "exchanges": {
                exchange.name: {
                    "agrees": exchange.agrees,
                    "sales": exchange.sales,
                    "sold": format_ndau(exchange.sold_napu),
                    "offered": _readable(exchange.offered),
                    "due": _readable(exchange.due),
                }
                for exchange in self.exchanges
            },
        }


def compare(home: LocalHome, settings: Settings, *, not_ours: Collection[tuple[str, int]] = ()) -> Agreement:
    """Ask every venue and the chain, and compare.

    Args:
        home: where the issuer's keys and the chain's genesis are.
        settings: which venues there are.
        not_ours: orders, as (exchange, order id), that somebody placed by hand on the issuer's accounts.

    Raises:
        Unavailable: one of them does not answer.
    """
    chain = NdauChain(required(settings.chain, "chain").url)
    supply = chain.supply()
    issues = list(chain.issues())
    exchanges = tuple(
        _exchange(home, settings, name, supply.issued_napu, {number for venue, number in not_ours if venue == name})
        for name in settings.enabled_exchanges()
    )
    genesis = read_genesis(home.chain / "genesis.json")
    return Agreement(
        exchanges=exchanges,
        issued_napu=supply.issued_napu - genesis.total_issued_napu,
        issuances=len(issues),
        issuances_napu=sum(issue.transaction.quantity_napu for issue in issues),
    )


def _exchange(
    home: LocalHome, settings: Settings, name: str, issued_napu: int, not_ours: Collection[int]
) -> ExchangeAgreement:
    exchange = settings.exchanges[name]
    market = Market(SYMBOL, parse_dollars("0.01"), parse_ndau("0.01"), parse_ndau("0.01"))
    stack = stack_on_market(desired_stack(issued_napu, exchange.depth), market)
    keys = home.issuer_keys(name)
    try:
        with open_client(home.gateway(name), str(exchange.endpoint), **keys, symbol=SYMBOL) as client:
            sold = _sold(client, not_ours)
            offered = _offered(client, not_ours)
    except VenueError as error:
        raise Unavailable(f"{name} does not answer: {error}") from error
    due = {level.price_nanocents: level.quantity_napu for level in stack}
    return ExchangeAgreement(name, len(sold), sum(sold), offered, due)


def _offered(client: VenueClient, not_ours: Collection[int]) -> dict[int, int]:
    offered: Counter[int] = Counter()
    for order in client.open_orders():
        if order.side == "sell" and order.order_id not in not_ours:
            offered[parse_dollars(f"{order.price:f}")] += _napu(order.remaining)
    return dict(offered)


def _sold(client: VenueClient, not_ours: Collection[int]) -> list[int]:
    sells: dict[int, bool] = {}
    quantities = []
    for trade in client.all_trades():
        if trade.order_id not in sells:
            sells[trade.order_id] = trade.order_id not in not_ours and client.order(trade.order_id).side == "sell"
        if sells[trade.order_id]:
            quantities.append(_napu(trade.amount))
    return quantities


def _napu(amount: Decimal) -> int:
    return int(amount * NAPU_PER_NDAU)


def _readable(levels: dict[int, int]) -> dict[str, str]:
    return {format_dollars(price): format_ndau(quantity) for price, quantity in sorted(levels.items())}
