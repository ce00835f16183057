"""Opens call budgets: shared where the settings name a Valkey, else this process's own."""

import os
from collections.abc import Sequence
from functools import lru_cache

from exchanges.call_budget import CallBudget, Window
from exchanges.local_budget import LocalBudget
from exchanges.shared_budget import SharedBudget, Store


def open_budget(url: str | None, account: str, windows: Sequence[Window] = (), *, what: str = "calls") -> CallBudget:
    """Return the budget of an account; opens no connection.

    Args:
        url: a redis:// URL; None keeps the counts in this process.
        account: what tells this account, at this exchange, from all others; only its hash is stored.
        windows: its limits, as far as they are known by now.
        what: what is limited, for messages.
    """
    if url is None:
        return LocalBudget(windows, what=what)
    return SharedBudget(_store(url, os.getpid()), account, windows, what=what, shown_as=what)


@lru_cache(maxsize=8)
def _store(url: str, _pid: int) -> Store:
    # A forked child must not talk on its parent's connections.
    return Store(url)
