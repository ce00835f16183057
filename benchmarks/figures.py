"""One benchmark's figures, and the table that shows them beside their targets and yardsticks."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        target: what is wanted, as text; "" when nothing is.
        yardstick: the same work in its barest form, measured in the same run.
        is_met: None when there is no target.
    """

    what: str
    measured: str
    target: str = ""
    yardstick: str = ""
    is_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of a benchmark found."""

    title: str
    caption: str
    figures: Sequence[Figure] = field(default_factory=list)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest of the values that at least `percent` of them do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def milliseconds(seconds: float) -> str:
    """Write a duration for a table."""
    return f"{seconds * 1000:.1f} ms"


def median_milliseconds(durations: Sequence[float]) -> str:
    """Write the median of durations in seconds for a table."""
    return milliseconds(statistics.median(durations))


def show(console: Console, part: Part) -> None:
    """Print a part as a table."""
    table = Table(title=part.title, caption=part.caption, title_justify="left", caption_justify="left", min_width=100)
    for column in ("figure", "measured", "wanted", "yardstick, same run", ""):
        table.add_column(column, justify="right" if column == "measured" else "left")
    for figure in part.figures:
        table.add_row(figure.what, figure.measured, figure.target, figure.yardstick, _verdict(figure))
    console.print(table, "")


def _verdict(figure: Figure) -> str:
    if figure.is_met is None:
        return ""
    return "[green]met[/green]" if figure.is_met else "[red]missed[/red]"
