"""Call budgets that all workers of all hosts share, in Valkey, on its clock."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from threading import Event, Lock
from time import monotonic
from typing import cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from exchanges.budget_script import STOP, TAKE, TOLD
from exchanges.call_budget import Counted, Window
from exchanges.local_budget import LocalBudget, take_patiently
from exchanges.sliding_windows import Refusal, costs, identity, slice_us, spent
from exchanges.usage import LIFETIME_SECONDS, REPEAT_SECONDS, entry, entry_key

_log = logging.getLogger(__name__)

_ANSWER_SECONDS = 0.5
"""Longer than Valkey ever takes; a call to an exchange must not wait for its limiter."""

_AWAY_SECONDS = 5.0
"""After a failure Valkey is left alone for so long: not every call may pay for finding out again."""


class Store:
    """One Valkey, and whether it answers; shared by the budgets of a process. Safe for threads."""

    def __init__(self, url: str, *, monotonic: Callable[[], float] = monotonic) -> None:
        self._client = Redis.from_url(
            url,
            socket_connect_timeout=_ANSWER_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            # Once: a connection that the other side has closed meanwhile. A call counted twice does no harm.
            retry=Retry(NoBackoff(), 1),
        )
        self._monotonic = monotonic
        self._lock = Lock()
        self._away_until: float | None = None
        self.outages = 0

    def run(self, script: str, key: str, arguments: Sequence[str | int]) -> object | None:
        """Run a script on a key; return its answer, or None while Valkey is away."""
        if self._is_left_alone():
            return None
        try:
            answer = cast("object", self._client.eval(script, 1, key, *arguments)) or ()
        except (RedisError, OSError) as error:
            self._failed(error)
            return None
        self._answered()
        return answer

    def note(self, key: str, text: str, lifetime_seconds: int) -> None:
        """Write something for people to see, unless Valkey is away."""
        if self._is_left_alone():
            return
        try:
            self._client.set(key, text, ex=lifetime_seconds)
        except (RedisError, OSError) as error:
            self._failed(error)
        else:
            self._answered()

    def close(self) -> None:
        """Close the connections; using it again opens new ones."""
        self._client.close()

    def _is_left_alone(self) -> bool:
        with self._lock:
            if self._away_until is None:
                return False
            now = self._monotonic()
            if now < self._away_until:
                return True
            self._away_until = now + _AWAY_SECONDS  # this one asks; the others go on without meanwhile
            return False

    def _failed(self, error: Exception) -> None:
        with self._lock:
            is_new = self._away_until is None
            self._away_until = self._monotonic() + _AWAY_SECONDS
            self.outages += is_new
        if is_new:
            # Its words may hold the address, never the password.
            _log.warning("call budgets are this process's own until Valkey answers again: %s", type(error).__name__)

    def _answered(self) -> None:
        with self._lock:
            was_away, self._away_until = self._away_until is not None, None
        if was_away:
            _log.info("call budgets are shared again: Valkey answers")


class SharedBudget:
    """One account's budget for all workers; implements `exchanges.call_budget.CallBudget`.

    While Valkey is away each process keeps the limits by itself, counting on from what it has used, and tells Valkey
    when it is back.
    """

    def __init__(
        self,
        store: Store,
        account: str,
        windows: Sequence[Window] = (),
        *,
        what: str = "calls",
        shown_as: str = "",
        pause: Callable[[float], object] | None = None,
    ) -> None:
        """Prepare, without connecting.

        Args:
            store: where the counts are.
            account: what tells this account, at this exchange, from all others; only its hash is stored.
            windows: the limits; none keeps only the stops that the exchange asks for.
            what: what is limited, for messages.
            shown_as: under which name people see what is used; "" for nowhere.
            pause: waits so many seconds.
        """
        self._store = store
        self._key = f"meic:budget:{hashlib.sha256(account.encode()).hexdigest()[:32]}"
        self._windows = tuple(windows)
        self._what = what
        self._pause = pause or _wait
        self._local = LocalBudget(windows, what=what)
        self._outages_told = store.outages
        self._shown_as = shown_as
        self._shown_at: float | None = None

    def follow(self, windows: Sequence[Window]) -> None:
        """Keep these windows from now on; other processes keep theirs until they have read the rules, too."""
        self._windows = tuple(windows)
        self._local.follow(windows)
        self._shown_at = None

    def take(self, weight: int = 1, *, orders: int = 0, is_urgent: bool = False, route: str = "") -> None:
        """Count a call, or wait a moment and count it, or raise BudgetSpent."""
        take_patiently(
            lambda: self._attempt(weight, orders=orders, is_urgent=is_urgent, route=route), self._pause, self._what
        )

    def told_used(self, weight: int, *, seconds: float = 60.0) -> None:
        """Count what others used of the same account."""
        before = self._local.used()
        self._local.told_used(weight, seconds=seconds)
        told = {
            window: weight
            for window, used in before.items()
            if window.counted is Counted.WEIGHT and window.seconds == seconds and weight > used
        }
        self._tell(told)

    def stop_for(self, seconds: float, *, route: str = "") -> None:
        """Stop all calls, or those of a route, in every worker."""
        self._local.stop_for(seconds, route=route)
        self._store.run(STOP, self._key, (route, int(seconds * 1_000_000)))

    def _attempt(self, weight: int, *, orders: int, is_urgent: bool, route: str) -> Refusal | None:
        amounts = costs(self._windows, weight, orders)
        arguments: list[str | int] = [route]
        for window, cost in amounts.items():
            arguments += [_id(window), slice_us(window), window.limit_for(is_urgent=is_urgent), cost]
        answer = self._store.run(TAKE, self._key, arguments)
        if answer is None:
            return self._local.attempt(weight, orders=orders, is_urgent=is_urgent, route=route)
        wait_us, which = cast("tuple[bytes, int]", answer)
        if int(wait_us):
            why = spent(tuple(amounts)[which - 1]) if which else "the exchange asked for fewer calls"
            return Refusal(int(wait_us) / 1_000_000, why)
        self._local.note(weight, orders)
        if self._outages_told != self._store.outages:
            self._outages_told = self._store.outages
            self._tell(self._local.used())
        self._show()
        return None

    def _show(self) -> None:
        now = monotonic()
        if self._shown_as and (self._shown_at is None or now - self._shown_at >= REPEAT_SECONDS):
            self._shown_at = now
            self._store.note(entry_key(self._shown_as), entry(self._key, self._windows), LIFETIME_SECONDS)

    def _tell(self, used: dict[Window, int]) -> None:
        arguments: list[str | int] = []
        for window, amount in used.items():
            arguments += [_id(window), slice_us(window), amount]
        if arguments:
            self._store.run(TOLD, self._key, arguments)


def _id(window: Window) -> str:
    return f"w/{identity(window)}:{slice_us(window)}"


def _wait(seconds: float) -> None:
    Event().wait(seconds)
