"""An exchange's clock, as far as we know it: ours, and how far theirs is off."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from app.domain.errors import ExchangeUnavailable

MAX_OFFSET = timedelta(seconds=5)
"""Beyond this one of the two clocks is wrong, and with it every comparison of times with the ledger's."""

_TRUSTED_FOR_SECONDS = 600.0


def utc_now() -> datetime:
    """Return the time of this host."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Measurement:
    offset: timedelta
    taken_at: float


class ServerClock:
    """Knows the exchange's time from a measurement, which is taken anew every ten minutes or when it is doubted."""

    def __init__(
        self,
        read_server_time: Callable[[], datetime],
        *,
        now: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._read_server_time = read_server_time
        self._now = now
        self._monotonic = monotonic
        self._measured: _Measurement | None = None

    def now(self) -> datetime:
        """Return the exchange's present time, UTC; asks it when there is no fresh measurement.

        Raises:
            ExchangeUnavailable: the clocks are more than 5 s apart.
        """
        measured = self._measured
        if measured is None or self._monotonic() - measured.taken_at > _TRUSTED_FOR_SECONDS:
            measured = self._measure()
        return self._now() + measured.offset

    def forget(self) -> None:
        """Doubt the last measurement, as after the exchange refused a timestamp."""
        self._measured = None

    def _measure(self) -> _Measurement:
        before = self._now()
        server = self._read_server_time()
        # Halfway there is the best guess of when the exchange looked at its clock.
        offset = server - (before + (self._now() - before) / 2)
        if abs(offset) > MAX_OFFSET:
            raise ExchangeUnavailable(
                f"the exchange's clock is {offset.total_seconds():+.1f} s from this host's; expected at most "
                f"{MAX_OFFSET.total_seconds():g} s: set this host's clock (NTP) or wait until the exchange has set its own"
            )
        self._measured = _Measurement(offset, self._monotonic())
        return self._measured
