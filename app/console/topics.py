"""What of the pages an event concerns."""

from collections.abc import Iterable

TOPICS = ("sales", "issuances", "offers", "exchanges", "halts", "alerts", "people")

_PREFIXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Fills", ("sales", "exchanges")),
    ("Sales", ("sales",)),
    ("Dismissal", ("sales",)),
    ("Issuance", ("issuances", "sales")),
    ("Resolve", ("issuances",)),
    ("ForeignIssue", ("issuances",)),
    ("Generation", ("offers", "exchanges")),
    ("Offers", ("offers", "exchanges", "sales")),
    ("Pull", ("offers", "exchanges")),
    ("Publish", ("offers", "exchanges")),
    ("Poll", ("exchanges",)),
    ("Exchange", ("exchanges",)),
    ("Halted", ("halts", "exchanges")),
    ("Resumed", ("halts", "exchanges")),
    ("Alert", ("alerts",)),
    ("Operator", ("people",)),
    ("Password", ("people",)),
    ("Token", ("people",)),
    ("Logged", ("people",)),
    ("Login", ("people",)),
)


def topics_of(kinds: Iterable[str]) -> frozenset[str]:
    """Return the topics that events of these kinds touch; one of an unknown kind touches all."""
    return frozenset(topic for kind in frozenset(kinds) for topic in _topics(kind))


def _topics(kind: str) -> tuple[str, ...]:
    return next((topics for prefix, topics in _PREFIXES if kind.startswith(prefix)), TOPICS)
