"""What can go wrong, how often it does in a world of a given seed, and how often it truly did."""

from collections import Counter
from collections.abc import Collection
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """Something that goes wrong by the dice."""

    CRASH = "crash"
    INTERRUPT = "interrupt"
    PAUSE = "pause"
    BELL_LOST = "bell lost"
    BELL_DOUBLED = "bell doubled"
    BELL_LATE = "bell late"
    NOT_SENT = "no connection"
    LOST_REQUEST = "time-out before the effect"
    LOST_ANSWER = "time-out after the effect"
    LATE_REQUEST = "time-out, effect later"
    ERROR_BEFORE = "5xx before the effect"
    ERROR_AFTER = "5xx after the effect"
    GARBAGE = "garbage"
    CUT_ANSWER = "cut answer"
    RATE_LIMIT = "rate limit"
    TOKEN_ENDED = "access token ended early"
    LATE_FILL = "fill listed late"
    LATE_ORDER = "order listed late"
    SLOW_CANCEL = "slow cancel"
    OLD_STATE = "node answers old state"
    INDEX_LAG = "index lags"
    SLOW_BLOCK = "slow block"
    CHAIN_REFUSES = "chain refuses"
    SIGNER_AWAY = "signer away"
    SIGNER_ANSWER_LOST = "signer's answer lost"
    SIGNER_REFUSES = "signer refuses"
    FOREIGN_ISSUE = "issued by others"
    DISK_FULL = "disk full"
    CLOCK_JUMP = "clock jump"
    DOUBLE_REQUEST = "operator rings twice"
    MANUAL_TRADE = "manual trade"
    HALT = "operator halts"
    OLD_LEDGER = "old ledger restored"
    OUTAGE = "exchange away"


class Luck(StrEnum):
    """Something that comes of faults and chance together; counted where it is seen."""

    PARTIAL_FILL_IN_CANCEL = "filled during its cancel"
    SHIFTED_PAGE = "list shifted between pages"
    LATE_LANDING = "order landed after it was given up"
    ORPHAN_LANDING = "order landed after its publisher lost the lease"
    UNCLAIMED_BEFORE_CLAIM = "fill read before its order was known"
    VOID = "issuance void"
    REFUSED = "issuance refused"
    SEVERAL_LEVELS = "bought across levels"
    BACK = "exchange that was down is back"


_MOST = {
    # The highest rate that a seed may draw: of each step for the first three, of each occasion for the others.
    Fault.CRASH: 0.03,
    Fault.INTERRUPT: 0.01,
    Fault.PAUSE: 0.012,
    Fault.BELL_LOST: 0.4,
    Fault.BELL_DOUBLED: 0.3,
    Fault.BELL_LATE: 0.4,
    Fault.NOT_SENT: 0.03,
    Fault.LOST_REQUEST: 0.04,
    Fault.LOST_ANSWER: 0.1,
    Fault.LATE_REQUEST: 0.1,
    Fault.ERROR_BEFORE: 0.03,
    Fault.ERROR_AFTER: 0.04,
    Fault.GARBAGE: 0.02,
    Fault.CUT_ANSWER: 0.03,
    Fault.RATE_LIMIT: 0.01,
    Fault.TOKEN_ENDED: 0.004,
    Fault.LATE_FILL: 0.4,
    Fault.LATE_ORDER: 0.3,
    Fault.SLOW_CANCEL: 0.5,
    Fault.OLD_STATE: 0.2,
    Fault.INDEX_LAG: 0.6,
    Fault.SLOW_BLOCK: 0.3,
    Fault.CHAIN_REFUSES: 0.1,
    Fault.SIGNER_AWAY: 0.2,
    Fault.SIGNER_ANSWER_LOST: 0.2,
    Fault.SIGNER_REFUSES: 0.1,
    Fault.FOREIGN_ISSUE: 1.0,
    Fault.DISK_FULL: 0.02,
    Fault.CLOCK_JUMP: 1.0,
    Fault.DOUBLE_REQUEST: 1.0,
    Fault.MANUAL_TRADE: 1.0,
    Fault.HALT: 1.0,
    Fault.OLD_LEDGER: 0.4,
    Fault.OUTAGE: 0.7,
}


class Dice:
    """The one source of chance of a world.

    Args:
        often: faults that happen as often as they ever do, whatever the seed says.

    Attributes:
        random: seeded; everything that is drawn comes from it.
        is_calm: True ends all faults.
        happened: how often each truly happened.
    """

    def __init__(self, seed: int, often: Collection[Fault] = ()) -> None:
        self.random = Random(seed)  # noqa: S311  a seed must repeat
        self.is_calm = False
        self.happened: Counter[str] = Counter()
        wildness = self.random.choice([0.0, 0.2, 0.6, 1.0, 1.0])
        self._slowest_us = self.random.choice([60_000, 300_000, 800_000])
        self._rates = {fault: wildness * self._drawn(most) for fault, most in _MOST.items()}
        self._rates |= {fault: _MOST[fault] for fault in often}

    def strikes(self, fault: Fault) -> bool:
        """Tell whether a fault happens now; the caller then makes it happen."""
        rate = self._rates[fault]
        if self.is_calm or not rate or self.random.random() >= rate:
            return False
        self.happened[fault] += 1
        return True

    def saw(self, luck: Luck) -> None:
        """Count something that came about."""
        self.happened[luck] += 1

    def between(self, low: int, high: int) -> int:
        """Return a number from low to high, both inclusive."""
        return self.random.randint(low, high)

    def latency_us(self) -> int:
        """Return how long one call of another host takes."""
        return self.random.randint(2_000, self._slowest_us)

    def _drawn(self, most: float) -> float:
        # Many seeds know a fault not at all, so that the others have their say.
        return most * self.random.random() if self.random.random() < 0.6 else 0.0
