"""What exchanges say about their limits, as windows and as waits."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from exchanges.call_budget import Counted, Window
from exchanges.sliding_windows import SLICES

_BANNED_UNTIL = re.compile(r"banned until (\d{13})\b")
_COUNTED = {"REQUEST_WEIGHT": Counted.WEIGHT, "ORDERS": Counted.ORDERS}
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400}
_SPACED_SECONDS = 3.0
BANNED, TOO_MANY = 418, 429
"""The HTTP statuses by which an exchange asks for fewer calls; a ban is of all calls."""

_DEFAULT_STOP_SECONDS, _LONGEST_STOP_SECONDS, _LONGEST_BAN_SECONDS = 60.0, 3600.0, 3 * 86_400.0


def windows_of_binance(rate_limits: Iterable[Mapping[str, object]]) -> tuple[Window, ...]:
    """Return the windows that `rateLimits` of Binance's exchangeInfo describes.

    Source: https://developers.binance.com/docs/binance-spot-api-docs/enums (rateLimitType, interval). RAW_REQUESTS is left
    out: it is so wide that the weight ends first. So is whatever this release does not know.
    """
    return tuple(
        Window(int(str(each["limit"])), _SECONDS[str(each["interval"])] * int(str(each["intervalNum"])), counted)
        for each in rate_limits
        if (counted := _COUNTED.get(str(each["rateLimitType"]))) and each["interval"] in _SECONDS
    )


def paced(window: Window) -> Window:
    """Return the window that spends a long one evenly: what is gone within seconds would leave the rest of it without.

    A twentieth of the limit in a twentieth of the time, a quarter of it for urgent calls. So ordinary calls use at most three
    quarters of the long window, and never come to its end, though it counts them a little longer than it should.
    """
    return Window(max(1, window.limit // SLICES), window.seconds / SLICES, window.counted, reserved=0.25)


def window_of_spacing(milliseconds: int) -> Window:
    """Return the window of an exchange that wants so many milliseconds between calls, as CCXT's `rateLimit` says."""
    seconds = max(_SPACED_SECONDS, milliseconds / 1000)
    return Window(int(seconds * 1000) // max(1, milliseconds), seconds)


def stop_seconds(status: int, retry_after: str | None, body: str, now: datetime) -> float:
    """Return for how long an answer of one of these statuses asks for no calls: 1 second to 3 days, a minute if it does not say.

    Args:
        status: `BANNED` or `TOO_MANY`.
        retry_after: the header; its other form is a date, which is not read: the default is as good.
        body: which may name the end of a ban.
        now: the exchange's time, as far as it is known.
    """
    text = (retry_after or "").strip()
    is_whole = text.isascii() and text.isdigit() and len(text) < len(str(10**9))
    seconds = float(text) if is_whole else ban_seconds(body, now) or _DEFAULT_STOP_SECONDS
    return min(max(seconds, 1.0), _LONGEST_BAN_SECONDS if status == BANNED else _LONGEST_STOP_SECONDS)


def ban_seconds(words: str, now: datetime) -> float | None:
    """Return how long a ban lasts that an answer speaks of ("banned until 1573039200000"); None if it speaks of none.

    The time is the exchange's, so `now` should be, too.
    """
    found = _BANNED_UNTIL.search(words)
    return None if found is None else max(1.0, int(found[1]) / 1000 - now.timestamp())
