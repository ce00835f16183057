"""How old something may be before it is told, with a moment for all to begin: after a stop everything is old."""

from datetime import timedelta

_SETTLING_SECONDS = 20.0


def hold_seconds(age: timedelta, limit_seconds: float) -> float | None:
    """Return for how long something of this age must be seen before it is told, None while it is young.

    Seen from the beginning it is told when it is as old as the limit. One that was not looked at for long gets 20 s, or
    half of a shorter limit, in which those that were started with us can do it.
    """
    settling = min(_SETTLING_SECONDS, limit_seconds / 2)
    return settling if age >= timedelta(seconds=limit_seconds - settling) else None
