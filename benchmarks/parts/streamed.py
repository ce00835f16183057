"""From a fill at an exchange to "Issue submitted", with nobody but the exchange's stream to tell of it."""

import statistics
import threading

from benchmarks.bare_workers import bare_workers
from benchmarks.figures import Figure, Part, median_milliseconds, milliseconds, percentile
from benchmarks.following import Sample, buy, buyer_on, follow, seconds_to, stage_figures
from benchmarks.instance import RunningInstance
from venue.clients import VenueClient

_WANTED_MEDIAN_SECONDS, _WANTED_P99_SECONDS = 0.150, 0.400
_EXCHANGE = "north"
_WARM_UP = 5
_PAUSE_SECONDS = 1.0
_CAPTION = (
    "A buyer trades on a real venue that speaks Binance's API; the clock starts at the venue's own time of the trade, cut to a"
    " millisecond (so at most 1 ms too long). `meic watch` hears of it through CCXT pro's stream and rings the poll; beat polls"
    " every 10 s besides. It ends with the ledger's event IssuanceSubmitted. One trade a second: each costs 52 of the 75 weight a"
    " second that Binance's limit leaves. The whole of `meic up` runs, with 3 venues, Flower and beat, on an instant chain."
    " Yardstick: two empty tasks, one ringing the other."
)


def measure(instance: RunningInstance, *, quick: bool) -> Part:
    """Trade 100 times (30 when quick) and follow each trade to its Issue."""
    with buyer_on(instance, _EXCHANGE) as buyer:
        samples = [_sample(instance, buyer) for _ in range(_WARM_UP + (30 if quick else 100))][_WARM_UP:]
    with bare_workers(instance.settings.broker.url.get_secret_value(), instance.home.folder) as bare:
        hops = [bare.two_hops() for _ in samples]
    submitted, issued = seconds_to(samples, "IssuanceSubmitted"), seconds_to(samples, "IssuanceIssued")
    median, p99 = statistics.median(submitted), percentile(submitted, 99)
    figures = [
        Figure(
            "submitted, p50",
            milliseconds(median),
            f"< {milliseconds(_WANTED_MEDIAN_SECONDS)}",
            f"2 bare hops {median_milliseconds(hops)}: {median / statistics.median(hops):.1f} times",
            median < _WANTED_MEDIAN_SECONDS,
        ),
        Figure(
            "submitted, p99",
            milliseconds(p99),
            f"< {milliseconds(_WANTED_P99_SECONDS)}",
            f"2 bare hops, p99 {milliseconds(percentile(hops, 99))}",
            p99 < _WANTED_P99_SECONDS,
        ),
        Figure("submitted, slowest", milliseconds(max(submitted))),
        Figure("in a block, p50", median_milliseconds(issued)),
        *stage_figures(samples, "fill"),
    ]
    return Part(f"From a fill to its submitted Issue, streams on ({len(samples)} sales)", _CAPTION, figures)


def _sample(instance: RunningInstance, buyer: VenueClient) -> Sample:
    threading.Event().wait(_PAUSE_SECONDS)

    def trade() -> float:
        buy(buyer)
        return buyer.trades(limit=1)[0].timestamp_ms / 1000

    return follow(instance, trade)
