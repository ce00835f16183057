"""Compare the exchanges' clocks with ours, and halt where times can no longer be compared."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.clocks import ClockReading, is_own_clock_wrong
from app.domain.errors import MeicError
from app.domain.halts import Scope
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.side_by_side import side_by_side

log = logging.getLogger(__name__)

_OFF, _RIGHT = "ClockOff", "ClockRight"


@dataclass(frozen=True, slots=True)
class ClockRules:
    """How far clocks may differ, and how often they are compared."""

    maximum_offset_seconds: float
    interval_seconds: float


def check_clocks(
    ledger: Ledger, names: Sequence[str], ots: Callable[[str], OrderTrackingSystem], clock: Clock, rules: ClockRules
) -> dict[str, float]:
    """Halt publishing where a clock is off twice in a row, and everything everywhere when the wrong one is ours.

    One reading that is off may be an accident of the network or of a clock just being set. The ledger's events remember
    the last one. An exchange that does not answer is left out.

    Returns:
        By how many seconds the exchanges that answered are ahead of us.
    """
    readings = [reading for reading in side_by_side(lambda name: _read(name, ots, clock), names) if reading]
    off = [reading for reading in readings if reading.is_off(rules.maximum_offset_seconds)]
    again = _off_again(ledger, clock, rules, readings, off)
    if is_own_clock_wrong(readings, again):
        _halt_everything(ledger, again)
    else:
        for reading in again:
            _halt_there(ledger, reading)
    return {reading.exchange: round(reading.offset_seconds, 3) for reading in readings}


def _read(name: str, ots: Callable[[str], OrderTrackingSystem], clock: Clock) -> ClockReading | None:
    try:
        exchange = ots(name)
        before = clock.now()
        theirs = exchange.server_time()
        after = clock.now()
    except MeicError as error:
        log.warning("%s: its clock cannot be read: %s", name, error)
        return None
    half = (after - before) / 2
    return ClockReading(name, (theirs - (before + half)).total_seconds(), half.total_seconds())


def _off_again(
    ledger: Ledger, clock: Clock, rules: ClockRules, readings: Sequence[ClockReading], off: Sequence[ClockReading]
) -> list[ClockReading]:
    """Note what was read, and return those that are off and were at the comparison before."""
    interval = timedelta(seconds=rules.interval_seconds)
    events = ledger.events.of_kinds((_OFF, _RIGHT), clock.now() - 2.5 * interval)
    last = {event.subject: event for event in events}
    # The same bell rung twice is one comparison.
    just_now = {event.subject for event in events if event.kind == _OFF and event.at > clock.now() - interval / 2}
    again = []
    for reading in readings:
        before = last.get(reading.exchange)
        was_off = before is not None and before.kind == _OFF
        if reading in off and reading.exchange not in just_now:
            ledger.events.append(_OFF, reading.exchange, _detail(reading))
            if was_off:
                again.append(reading)
        elif reading not in off and was_off:
            ledger.events.append(_RIGHT, reading.exchange, _detail(reading))
    return again


def _detail(reading: ClockReading) -> dict[str, object]:
    return {"offset_seconds": reading.offset_seconds, "uncertainty_seconds": reading.uncertainty_seconds}


def _halt_there(ledger: Ledger, reading: ClockReading) -> None:
    why = f"the clock of {reading.exchange} is {_apart(reading)} ours, twice in a row; wait until it is set, or set ours (NTP)"
    log.error("publishing on %s is halted: %s", reading.exchange, why)
    ledger.halts.halt(Scope.PUBLISHING, reading.exchange, who="clock", why=why)


def _halt_everything(ledger: Ledger, off: Sequence[ClockReading]) -> None:
    clocks = ", ".join(f"{reading.exchange} {_apart(reading)} ours" for reading in off)
    why = f"this machine's clock is wrong: most exchanges differ from it in the same way ({clocks}); set it (NTP)"
    log.error("issuing and publishing are halted: %s", why)
    for scope in (Scope.PUBLISHING, Scope.ISSUING):
        ledger.halts.halt(scope, None, who="clock", why=why)


def _apart(reading: ClockReading) -> str:
    where = "ahead of" if reading.offset_seconds > 0 else "behind"
    return f"{abs(reading.offset_seconds):.1f} s {where}"
