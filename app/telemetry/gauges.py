"""What is read of the whole instance when Prometheus asks, by one process.

Quantities are floats, as everything in Prometheus is: they are for looking at. The ledger's integers are the truth.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure that may rise and fall."""

    name: str
    documentation: str
    labels: tuple[str, ...] = ()

    def at(self, value: float, *labels: str) -> "Reading":
        """Return a reading; its labels in the order of ours."""
        return Reading(self, labels, float(value))


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure as it was read."""

    gauge: Gauge
    labels: tuple[str, ...]
    value: float


VIEW_OK = Gauge(
    "meic_view_ok", "Whether this part of the figures could be read in time; without it they lack.", ("view",)
)

WAITING = Gauge("meic_waiting_items", "What waits at each step: fills, sales, or (published) exchanges.", ("step",))
WAITING_NAPU = Gauge("meic_waiting_napu", "How much waits at each step.", ("step",))
WAITING_SECONDS = Gauge(
    "meic_waiting_oldest_seconds", "Age of the oldest that waits at each step; 0 for none.", ("step",)
)
ISSUED_TODAY = Gauge("meic_issued_today_napu", "What came into a block since 00:00 UTC.")

SOLD = Gauge("meic_sold_napu", "All sales ever.")
ISSUED = Gauge("meic_issued_napu", "All sales that are in a block.")
IN_FLIGHT = Gauge("meic_in_flight_napu", "Sales in an issuance that is not settled.")
SOLD_NDAU = Gauge("meic_sold_ndau", "All sales ever, in ndau.")
ISSUED_NDAU = Gauge("meic_issued_ndau", "All sales that are in a block, in ndau.")
PRICE = Gauge("meic_target_price_dollars", "The target price of the next token.")
GENERATION = Gauge("meic_generation_newest", "The number of the newest decision of what to offer.")

EXCHANGE_SOLD = Gauge("meic_exchange_sold_napu", "All sales of an exchange.", ("exchange",))
EXCHANGE_SALES = Gauge("meic_exchange_sales", "How many sales an exchange had.", ("exchange",))
EXCHANGE_UP = Gauge("meic_exchange_up", "0 while an exchange's breaker is open: it does not answer.", ("exchange",))
EXCHANGE_FAILURES = Gauge("meic_exchange_failures", "Failures of an exchange since its last answer.", ("exchange",))
EXCHANGE_SHOWN = Gauge(
    "meic_generation_shown", "The decision that an exchange shows; 0 before the first.", ("exchange",)
)
EXCHANGE_BEHIND = Gauge("meic_exchange_behind", "Whether an exchange lacks the newest offers.", ("exchange",))
EXCHANGE_BEHIND_SECONDS = Gauge(
    "meic_exchange_behind_seconds",
    "Age of the oldest decision that an exchange does not show; 0 for none.",
    ("exchange",),
)
EXCHANGE_READ_SECONDS = Gauge("meic_exchange_read_age_seconds", "Since when fills were read last.", ("exchange",))
EXCHANGE_UNCLAIMED = Gauge("meic_exchange_unclaimed_fills", "Sells that wait for a person.", ("exchange",))
EXCHANGE_OFFERED = Gauge("meic_exchange_offered_napu", "What our live offers there still have to sell.", ("exchange",))
STREAM_UP = Gauge("meic_stream_up", "Whether an exchange's stream is connected; polls go on without.", ("exchange",))

HALTED = Gauge("meic_halts", 'Halts in force; exchange "" is everywhere.', ("scope", "exchange"))
RECOVERING = Gauge("meic_recovering", "Whether the ledger is an old copy that learns again what it forgot.")
ALERTS = Gauge("meic_alerts", "Alerts that last, as `meic alerts list` shows them.", ("rule", "severity"))
LEASE_EPOCH = Gauge("meic_lease_epoch", "How often a lease was taken: by every run of what needs it.", ("lease",))
LEASE_HELD = Gauge("meic_lease_held", "Whether somebody holds a lease at this moment.", ("lease",))

CHAIN_ISSUED = Gauge("meic_chain_issued_napu", "All that is issued, by the chain.")
CHAIN_RELEASED = Gauge("meic_chain_released_napu", "All that may be issued, by the chain.")
CHAIN_ROOM = Gauge("meic_chain_room_napu", "Released but not issued: what may still be issued.")
CHAIN_LAG = Gauge(
    "meic_chain_lag_napu",
    "Ours that the ledger knows to be in a block, and that the chain's total does not count yet; below 0: it counts more.",
)

QUEUE = Gauge("meic_queue_messages", "Bells that wait in a queue of the broker.", ("queue",))


def families_of_readings(readings: Iterable[Reading]) -> list[GaugeMetricFamily]:
    """Return readings as prometheus_client's own."""
    families: dict[str, GaugeMetricFamily] = {}
    for reading in readings:
        gauge = reading.gauge
        family = families.setdefault(
            gauge.name, GaugeMetricFamily(gauge.name, gauge.documentation, labels=gauge.labels)
        )
        family.add_metric(reading.labels, reading.value)
    return list(families.values())
