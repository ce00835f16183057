"""What a caller may use: weight by address, orders by account; and bans for who does not stop."""

from dataclasses import dataclass, field

from venue.config import LimitsConfig
from venue.gateway.binance.errors import banned, too_many_orders, too_much_weight

GENEROUS_WEIGHT_PER_MINUTE = 600_000
GENEROUS_ORDERS_PER_10_SECONDS = 10_000
GENEROUS_ORDERS_PER_DAY = 10_000_000

_MINUTE_MS = 60_000
_TEN_SECONDS_MS = 10_000
_DAY_MS = 86_400_000

REFUSALS_BEFORE_BAN = 10
"""How many requests of one minute are told to wait; the next one bans."""

# Binance's: from two minutes to three days.
_FIRST_BAN_MS = 120_000
_LONGEST_BAN_MS = 3 * _DAY_MS
_BAN_FACTOR = 4
_OFFENDERS_BEFORE_CLEANING = 10_000


@dataclass(slots=True)
class Window:
    """Counts by caller in fixed intervals: the count starts anew with each."""

    limit: int
    interval_ms: int
    _number: int = -1
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, caller: str, amount: int, now_ms: int) -> int:
        """Count and return the caller's count in this interval."""
        number = now_ms // self.interval_ms
        if number != self._number:
            self._number = number
            self._counts.clear()
        count = self._counts.get(caller, 0) + amount
        self._counts[caller] = count
        return count

    def seconds_left(self, now_ms: int) -> int:
        """Return how long this interval lasts yet, rounded up."""
        return -(-(self.interval_ms - now_ms % self.interval_ms) // 1000)


@dataclass(slots=True)
class _Offender:
    minute: int = 0
    refusals: int = 0
    bans: int = 0
    banned_until_ms: int = 0


class Limits:
    """Counts what callers use; the counts live in memory only."""

    def __init__(self, config: LimitsConfig) -> None:
        self.weight = Window(config.weight_per_minute or GENEROUS_WEIGHT_PER_MINUTE, _MINUTE_MS)
        self.orders_10s = Window(config.orders_per_10_seconds or GENEROUS_ORDERS_PER_10_SECONDS, _TEN_SECONDS_MS)
        self.orders_1d = Window(config.orders_per_day or GENEROUS_ORDERS_PER_DAY, _DAY_MS)
        self._offenders: dict[str, _Offender] = {}

    def charge(self, address: str, weight: int, now_ms: int) -> int:
        """Count a request; return what its address used in this minute.

        Raises:
            CallRefused: 429 for more than it may use, 418 while it is banned for having gone on.
        """
        offender = self._offenders.get(address)
        if offender is not None and now_ms < offender.banned_until_ms:
            raise banned(offender.banned_until_ms, -(-(offender.banned_until_ms - now_ms) // 1000))
        used = self.weight.add(address, weight, now_ms)
        if used > self.weight.limit:
            self._refuse(address, now_ms)
        return used

    def charge_order(self, account: str, now_ms: int) -> tuple[int, int]:
        """Count a new order; return the account's orders in these 10 seconds and on this day.

        Raises:
            CallRefused: it is one too many.
        """
        in_10s = self.orders_10s.add(account, 1, now_ms)
        in_1d = self.orders_1d.add(account, 1, now_ms)
        for window, count, interval in ((self.orders_10s, in_10s, "10 SECOND"), (self.orders_1d, in_1d, "1 DAY")):
            if count > window.limit:
                raise too_many_orders(window.limit, interval, window.seconds_left(now_ms))
        return in_10s, in_1d

    def _refuse(self, address: str, now_ms: int) -> None:
        if len(self._offenders) >= _OFFENDERS_BEFORE_CLEANING:
            self._forget(now_ms)
        offender = self._offenders.setdefault(address, _Offender())
        minute = now_ms // _MINUTE_MS
        if offender.minute != minute:
            offender.minute, offender.refusals = minute, 0
        offender.refusals += 1
        if offender.refusals <= REFUSALS_BEFORE_BAN:
            raise too_much_weight(self.weight.limit, self.weight.seconds_left(now_ms))
        duration_ms = min(_FIRST_BAN_MS * _BAN_FACTOR**offender.bans, _LONGEST_BAN_MS)
        offender.bans += 1
        offender.refusals = 0
        offender.banned_until_ms = now_ms + duration_ms
        raise banned(offender.banned_until_ms, duration_ms // 1000)

    def _forget(self, now_ms: int) -> None:
        self._offenders = {
            address: offender
            for address, offender in self._offenders.items()
            if now_ms < max(offender.banned_until_ms, offender.minute * _MINUTE_MS) + _LONGEST_BAN_MS
        }
