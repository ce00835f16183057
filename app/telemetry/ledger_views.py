"""What Prometheus is told of the ledger's records, chain, queues and streams: pure functions of what was read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.halts import Halt, Scope
from app.domain.health import ExchangeHealth
from app.domain.ledger import Offer, Publication, SaleTotals
from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.price_curve import target_price
from app.ports.chain import ChainSupply
from app.telemetry import gauges
from app.telemetry.gauges import Reading


class StepLike(Protocol):
    """A step of the pipeline, as `app.store.reading.glances` has it."""

    @property
    def step(self) -> str:
        """Its name."""
        ...

    @property
    def count(self) -> int:
        """How many wait there."""
        ...

    @property
    def quantity_napu(self) -> int:
        """How much waits there."""
        ...

    @property
    def oldest_at(self) -> datetime | None:
        """Since when the oldest waits."""
        ...


class ExchangeLike(Protocol):
    """An exchange as the ledger knows it, as `app.store.reading.glances` has it."""

    @property
    def exchange(self) -> str:
        """Its name."""
        ...

    @property
    def publication(self) -> Publication | None:
        """What it shows."""
        ...

    @property
    def live_offers(self) -> Sequence[Offer]:
        """Our offers there that are not final."""
        ...

    @property
    def health(self) -> ExchangeHealth | None:
        """Its breaker; None while it answers."""
        ...

    @property
    def read_at(self) -> datetime | None:
        """When its fills were read last."""
        ...

    @property
    def sold_napu(self) -> int:
        """All its sales."""
        ...

    @property
    def unclaimed(self) -> int:
        """How many sells wait for a person."""
        ...


def waiting(steps: Iterable[StepLike], now: datetime) -> Iterator[Reading]:
    """Tell what waits, how much and how long."""
    for step in steps:
        if step.step == "issued":
            yield gauges.ISSUED_TODAY.at(step.quantity_napu)
            continue
        yield gauges.WAITING.at(step.count, step.step)
        yield gauges.WAITING_NAPU.at(step.quantity_napu, step.step)
        yield gauges.WAITING_SECONDS.at(_age(step.oldest_at, now), step.step)


def totals(sales: SaleTotals, basis_napu: int | None) -> Iterator[Reading]:
    """Tell what was sold and issued, and the price."""
    yield gauges.SOLD.at(sales.sold_napu)
    yield gauges.ISSUED.at(sales.issued_napu)
    yield gauges.IN_FLIGHT.at(sales.in_flight_napu)
    yield gauges.SOLD_NDAU.at(sales.sold_napu / NAPU_PER_NDAU)
    yield gauges.ISSUED_NDAU.at(sales.issued_napu / NAPU_PER_NDAU)
    if basis_napu is not None:
        yield gauges.PRICE.at(target_price(basis_napu) / NANOCENTS_PER_DOLLAR)


def exchanges(
    rows: Iterable[ExchangeLike],
    sales: Mapping[str, int],
    newest: int | None,
    missed: Callable[[Publication], datetime | None],
    now: datetime,
) -> Iterator[Reading]:
    """Tell how each exchange is.

    Args:
        rows: the exchanges.
        sales: how many each had.
        newest: the number of the newest decision.
        missed: tells when the oldest decision was made that an exchange does not show; None when it shows the newest.
        now: the time.
    """
    yield gauges.GENERATION.at(newest or 0)
    for row in rows:
        name, shows = row.exchange, row.publication
        failures = row.health.failures if row.health else 0
        left = sum(offer.level.quantity_napu - offer.filled_napu for offer in row.live_offers)
        yield gauges.EXCHANGE_SOLD.at(row.sold_napu, name)
        yield gauges.EXCHANGE_SALES.at(sales.get(name, 0), name)
        yield gauges.EXCHANGE_UP.at(row.health is None or row.health.down_since is None, name)
        yield gauges.EXCHANGE_FAILURES.at(failures, name)
        yield gauges.EXCHANGE_UNCLAIMED.at(row.unclaimed, name)
        yield gauges.EXCHANGE_OFFERED.at(left, name)
        if shows is not None:
            yield gauges.EXCHANGE_SHOWN.at(shows.shown or 0, name)
            yield gauges.EXCHANGE_BEHIND.at(shows.shown != shows.wanted or bool(shows.error), name)
            yield gauges.EXCHANGE_BEHIND_SECONDS.at(_age(missed(shows), now), name)
        if row.read_at is not None:
            yield gauges.EXCHANGE_READ_SECONDS.at(_age(row.read_at, now), name)


def halts(active: Iterable[Halt], *, is_recovering: bool) -> Iterator[Reading]:
    """Tell what is halted; for everywhere also when it is not."""
    counts = dict.fromkeys(((scope.value, "") for scope in Scope), 0)
    for halt in active:
        key = (halt.scope.value, halt.exchange or "")
        counts[key] = counts.get(key, 0) + 1
    for (scope, exchange), count in counts.items():
        yield gauges.HALTED.at(count, scope, exchange)
    yield gauges.RECOVERING.at(is_recovering)


def alerts(lasting: Iterable[tuple[str, str]]) -> Iterator[Reading]:
    """Tell how many alerts last, by rule and severity."""
    counts: dict[tuple[str, str], int] = {}
    for each in lasting:
        counts[each] = counts.get(each, 0) + 1
    for (rule, severity), count in counts.items():
        yield gauges.ALERTS.at(count, rule, severity)


def leases(rows: Iterable[tuple[str, int, datetime]], now: datetime) -> Iterator[Reading]:
    """Tell of each lease how often it was taken, and whether it is held."""
    for name, epoch, expires_at in rows:
        yield gauges.LEASE_EPOCH.at(epoch, name)
        yield gauges.LEASE_HELD.at(expires_at > now, name)


def chain(supply: ChainSupply, foreign_napu: int | None, sales: SaleTotals) -> Iterator[Reading]:
    """Tell what the chain has issued, and how it differs from the ledger, which must have been read before it.

    Before the issuer has looked at the account for the first time nobody knows what was issued before us (None).
    """
    yield gauges.CHAIN_ISSUED.at(supply.issued_napu)
    yield gauges.CHAIN_RELEASED.at(supply.released_napu)
    yield gauges.CHAIN_ROOM.at(supply.released_napu - supply.issued_napu)
    if foreign_napu is not None:
        yield gauges.CHAIN_LAG.at(foreign_napu + sales.issued_napu - supply.issued_napu)


def queues(lengths: Mapping[str, int]) -> Iterator[Reading]:
    """Tell how many bells wait."""
    for queue, length in lengths.items():
        yield gauges.QUEUE.at(length, queue)


def streams(are_up: Mapping[str, bool]) -> Iterator[Reading]:
    """Tell which streams are connected."""
    for exchange, is_up in are_up.items():
        yield gauges.STREAM_UP.at(is_up, exchange)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
