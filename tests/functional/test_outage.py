"""Exchanges that hang and come back, with real processes."""

from pathlib import Path

import psutil
import pytest

from tests.functional.instance import running, wait_until

pytestmark = pytest.mark.timeout(420)

NAMES = ("bitmart", "north", "south")
IMPATIENT = {f"MEIC_EXCHANGES__{name.upper()}__TIMEOUT_SECONDS": "1" for name in NAMES}
VARIABLES = IMPATIENT | {"MEIC_POLICY__BREAKER_FAILURES": "3"}


def test_exchanges_that_hang_are_left_alone_and_followed_up_when_they_are_back(tmp_path: Path) -> None:
    with running(tmp_path / "home", "--no-buyers", "--no-views", variables=VARIABLES) as instance:
        venues = psutil.Process(instance.pid_of("venues"))
        instance.buy("north", "7.5")
        venues.suspend()
        wait_until(lambda: len(instance.overview().down) == len(NAMES), 90, "all exchanges are known to be down")
        assert all("is not asked since" in each.words() for each in instance.overview().down)
        venues.resume()
        wait_until(lambda: not instance.overview().down, 90, "all are known to be back")
        instance.buy("south", "2.5")
        wait_until(lambda: instance.overview().totals.issued_napu == 10 * 10**8, 60, "both sales are issued")
        agreement = instance.settled_agreement()
        assert agreement.agrees, agreement
        kinds = [event.kind for event in instance.ledger.events.recent(10_000)]
        assert kinds.count("ExchangeDown") == kinds.count("ExchangeBack") >= len(NAMES)
