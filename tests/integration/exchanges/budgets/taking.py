"""A process that takes from a shared budget as often as it can, and says when: `python -m ... URL LIMIT SECONDS FOR`."""

import sys
from contextlib import closing
from threading import Event
from time import monotonic, time_ns

from app.domain.errors import BudgetSpent
from exchanges.call_budget import Window
from exchanges.shared_budget import SharedBudget, Store


def main(url: str, limit: str, seconds: str, for_seconds: str) -> None:
    """Take, and print for each call that was allowed between which times (ns) it was counted."""
    tried_at = 0

    def pause(needed: float) -> None:
        nonlocal tried_at
        Event().wait(needed)
        tried_at = time_ns()

    with closing(Store(url)) as store:
        budget = SharedBudget(store, "account", [Window(int(limit), float(seconds), reserved=0)], pause=pause)
        end = monotonic() + float(for_seconds)
        while monotonic() < end:
            tried_at = time_ns()
            try:
                budget.take()
            except BudgetSpent:
                continue
            sys.stdout.write(f"{tried_at} {time_ns()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
