"""How times and amounts read in an alert."""

from datetime import datetime, timedelta


def moment(at: datetime) -> str:
    """Return a time as an operator reads it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def lasted(duration: timedelta) -> str:
    """Return a duration in its two largest units, such as "3 h 5 min"; never below 0."""
    seconds = max(0, round(duration.total_seconds()))
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    largest = next((place for place, (_, size) in enumerate(units) if seconds >= size), len(units) - 1)
    parts: list[str] = []
    for unit, size in units[largest : largest + 2]:
        count, seconds = divmod(seconds, size)
        if count or not parts:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def count_of(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many}"
