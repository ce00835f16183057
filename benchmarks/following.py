"""One trade on a running instance, followed to its Issue."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from benchmarks.figures import Figure, median_milliseconds
from benchmarks.instance import RunningInstance
from benchmarks.processes import BenchmarkFailed, wait_until
from venue.clients import VenueClient, open_client

STAGES = ("FillsRecorded", "IssuancePrepared", "IssuanceSigned", "IssuanceSubmitted", "IssuanceIssued")
_QUANTITY = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds from the trade to each stage."""

    seconds_to: dict[str, float]

    def between(self, first: str, last: str) -> float:
        """Return the seconds from one stage to another."""
        return self.seconds_to[last] - self.seconds_to[first]


def follow(instance: RunningInstance, traded_at: Callable[[], float]) -> Sample:
    """Have somebody trade and return when its clock starts; wait until all is issued and offered again.

    Raises:
        BenchmarkFailed: it was not issued, or not in one issuance of its own.
    """
    number = instance.ledger.events.recent(1)[0].number
    start = traded_at()
    wait_until(lambda: "IssuanceIssued" in _events_after(instance, number), what="a sale to be issued")
    wait_until(instance.is_settled, what="the offers to be shown again")
    times = _events_after(instance, number)
    if [len(times.get(stage, ())) for stage in STAGES] != [1] * len(STAGES):
        raise BenchmarkFailed(f"one trade should make one issuance; the ledger tells of {times}")
    return Sample({stage: times[stage][0] - start for stage in STAGES})


def buy(buyer: VenueClient) -> None:
    """Take a little of the best offer."""
    buyer.place("buy", buyer.depth().asks[0].price, _QUANTITY)


def stage_figures(samples: Sequence[Sample], start: str) -> Iterator[Figure]:
    """Tell where the time goes, stage by stage."""
    yield Figure(
        f"  {start} to recorded", median_milliseconds([sample.seconds_to["FillsRecorded"] for sample in samples])
    )
    for first, last in pairwise(STAGES):
        words = f"  {_words(first)} to {_words(last)}"
        yield Figure(words, median_milliseconds([sample.between(first, last) for sample in samples]))


def seconds_to(samples: Sequence[Sample], stage: str) -> list[float]:
    """Return each sample's seconds to a stage."""
    return [sample.seconds_to[stage] for sample in samples]


@contextmanager
def buyer_on(instance: RunningInstance, exchange: str) -> Iterator[VenueClient]:
    """Open a client for an account with much to spend on one of the venues."""
    trader = next(each for each in instance.buyers if each.name.startswith(f"{exchange}-"))
    secret = trader.secret.get_secret_value()
    with open_client(
        trader.gateway, trader.endpoint, access=trader.access, secret=secret, memo=trader.memo, symbol=trader.symbol
    ) as client:
        yield client


def _words(stage: str) -> str:
    return stage.removeprefix("Issuance").removeprefix("Fills").lower()


def _events_after(instance: RunningInstance, number: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for event in instance.ledger.events.recent(100):
        if event.number > number:
            times.setdefault(event.kind, []).append(event.at.timestamp())
    return times
