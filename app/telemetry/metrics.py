"""What this process counts and times; names follow Prometheus' conventions.

Every one has a label, so that a forked child can begin anew. Labels take few values: exchanges, operations, outcomes;
never an id.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

from app.telemetry.children import CHILDREN
from app.telemetry.registry import CONTENT_TYPE, FIGURES, READING, VIEWS, text_of
from app.telemetry.samples import FamiliesCollector, added, families_of

_STEP_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60, 120, 300, 900, 3600)
_CALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

STEP_SECONDS = Histogram(
    "meic_step_seconds",
    "Time from one step of a sale to the next, by the exchange that sold or shows.",
    ["step", "exchange"],
    buckets=_STEP_BUCKETS,
    registry=FIGURES,
)
FILLS = Counter("meic_fills", "Fills recorded, by kind when they were.", ["exchange", "kind"], registry=FIGURES)
ISSUANCES = Counter(
    "meic_issuances", "Changes of an issuance's state, by the state it came to.", ["state"], registry=FIGURES
)
EXCHANGE_CALLS = Histogram(
    "meic_exchange_call_seconds",
    "Calls that exchanges were asked, by how they ended.",
    ["exchange", "operation", "outcome"],
    buckets=_CALL_BUCKETS,
    registry=FIGURES,
)
CHAIN_CALLS = Histogram(
    "meic_chain_call_seconds",
    "Calls that the blockchain's node was asked, by how they ended.",
    ["operation", "outcome"],
    buckets=_CALL_BUCKETS,
    registry=FIGURES,
)
SIGNER_CALLS = Histogram(
    "meic_signer_call_seconds",
    "Round trips to the signing service, by how they ended.",
    ["operation", "outcome"],
    buckets=_CALL_BUCKETS,
    registry=FIGURES,
)
POLLS = Counter(
    "meic_polls", "Readings of an exchange's fills, by how they ended.", ["exchange", "outcome"], registry=FIGURES
)
PUSHES = Counter("meic_pushes", "Pushes of offers, by how they ended.", ["exchange", "outcome"], registry=FIGURES)
TASKS = Histogram(
    "meic_task_seconds",
    "Runs of tasks, by how they ended.",
    ["task", "state"],
    buckets=(*_CALL_BUCKETS, 60, 300),
    registry=FIGURES,
)

EXPIRED = Counter(
    "meic_bells_expired",
    "Bells that no worker answered before the next one rang.",
    ["task"],
    registry=FIGURES,
)

ALL = (STEP_SECONDS, FILLS, ISSUANCES, EXCHANGE_CALLS, CHAIN_CALLS, SIGNER_CALLS, POLLS, PUSHES, TASKS, EXPIRED)


def begin_anew() -> None:
    """Forget what was counted: a forked child starts with its parent's figures."""
    for metric in ALL:
        metric.clear()


def exposition() -> tuple[bytes, str]:
    """Return all figures of this process and its children in Prometheus' text form, and its content type."""
    with READING:
        ours = families_of(FIGURES)
    together = CollectorRegistry()
    together.register(FamiliesCollector(added([ours, CHILDREN.figures()])))
    return text_of(together) + text_of(VIEWS), CONTENT_TYPE
