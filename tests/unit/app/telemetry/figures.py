"""How tests look at figures: what one has grown by."""

from app.telemetry.registry import FIGURES


def figure(name: str, **labels: str) -> float:
    """Return a sample's value; 0 before it was first counted."""
    return FIGURES.get_sample_value(name, labels) or 0.0


class Growth:
    """What samples have grown by since the beginning of a test."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], float] = {}
        for family in FIGURES.collect():
            for sample in family.samples:
                self._before[sample.name, str(sorted(sample.labels.items()))] = sample.value

    def of(self, name: str, **labels: str) -> float:
        """Return by how much one has grown, to the millionth: sums of other tests before it leave their rounding behind."""
        return round(figure(name, **labels) - self._before.get((name, str(sorted(labels.items()))), 0.0), 6)
