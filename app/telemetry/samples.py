"""Figures as plain data, so that a child's can be sent to its parent and added to its siblings'."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

_GROWING = ("counter", "histogram")

Key = tuple[str, tuple[tuple[str, str], ...]]
"""A sample's name and its labels."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric and all its samples."""

    kind: str
    documentation: str
    samples: Mapping[Key, float] = field(default_factory=dict)


Families = Mapping[str, Family]


def families_of(registry: CollectorRegistry) -> Families:
    """Return what a registry holds; when each series began is left out, since sums have no one beginning."""
    return {
        metric.name: Family(
            metric.type,
            metric.documentation,
            {
                (sample.name, tuple(sample.labels.items())): sample.value
                for sample in metric.samples
                if not sample.name.endswith("_created")
            },
        )
        for metric in registry.collect()
    }


def added(parts: Iterable[Families]) -> Families:
    """Return the sum, sample by sample."""
    sums: dict[str, Family] = {}
    for families in parts:
        for name, family in families.items():
            before = sums.get(name, Family(family.kind, family.documentation)).samples
            totals = {key: before.get(key, 0.0) + value for key, value in family.samples.items()}
            sums[name] = Family(family.kind, family.documentation, {**before, **totals})
    return sums


def growing(families: Families) -> Families:
    """Return only what never falls: what a process that has ended leaves to the sum."""
    return {name: family for name, family in families.items() if family.kind in _GROWING}


def as_text(families: Families) -> str:
    """Return them in a form that `from_text` reads."""
    return json.dumps(
        [
            (
                name,
                family.kind,
                family.documentation,
                [(key[0], key[1], value) for key, value in family.samples.items()],
            )
            for name, family in families.items()
        ]
    )


def from_text(text: str) -> Families:
    """Read what `as_text` wrote.

    Raises:
        ValueError: it is something else.
    """
    return {
        name: Family(
            kind,
            documentation,
            {(sample, tuple((label, of) for label, of in labels)): float(value) for sample, labels, value in samples},
        )
        for name, kind, documentation, samples in json.loads(text)
    }


class FamiliesCollector:
    """Offers families to a registry, as prometheus_client's collectors do."""

    def __init__(self, families: Families) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        """Return them as prometheus_client's own."""
        return [_metric(name, family) for name, family in self._families.items()]


def _metric(name: str, family: Family) -> Metric:
    metric = Metric(name, family.documentation, family.kind)
    for (sample, labels), value in family.samples.items():
        metric.add_sample(sample, dict(labels), value)
    return metric
