"""Simulated traders on a real venue."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from venue.clients import VenueClient

Start = Callable[..., subprocess.Popen[str]]
Client = Callable[[str, str], VenueClient]


def wait_for_trades(client: VenueClient, more_than: int) -> int:
    deadline = time.monotonic() + 30
    while (count := len(client.trades(limit=1000))) <= more_than:
        assert time.monotonic() < deadline
    return count


def test_they_buy_from_the_issuer_and_trade_among_themselves_until_the_last_trade(
    start: Start,
    start_venue: Callable[..., Any],
    client: Client,
    buyers_file: Callable[[str], Path],
    offer: Callable[[VenueClient], None],
) -> None:
    endpoint, _ = start_venue()
    issuer = client(endpoint, "issuer")
    offer(issuer)
    buyers = start("localnet.buyers", "--config", str(buyers_file(endpoint)), "--max-trades", "80")
    _, log = buyers.communicate(timeout=60)
    assert buyers.returncode == 0, log
    sold = issuer.trades(limit=1000)
    assert len(sold) >= 40
    assert all(trade.price >= 16 for trade in sold)
    others = [trade for name in ("north-1", "north-2") for trade in client(endpoint, name).trades(limit=1000)]
    # Each sale has the buyer's half; what is left are trades between the two.
    assert len(others) > len(sold)
    assert all("Traceback" not in line for line in log.splitlines())


def test_they_go_on_when_the_venue_was_down_and_end_when_told(
    start: Start,
    start_venue: Callable[..., Any],
    client: Client,
    buyers_file: Callable[[str], Path],
    offer: Callable[[VenueClient], None],
) -> None:
    endpoint, venue = start_venue()
    issuer = client(endpoint, "issuer")
    offer(issuer)
    buyers = start("localnet.buyers", "--config", str(buyers_file(endpoint)))
    before = wait_for_trades(issuer, 5)
    venue.send_signal(signal.SIGKILL)
    venue.wait(10)
    assert buyers.stderr is not None
    while "again in" not in buyers.stderr.readline():
        assert buyers.poll() is None
    start_venue(int(endpoint.rsplit(":", 1)[1]))
    wait_for_trades(issuer, before + 5)
    buyers.send_signal(signal.SIGTERM)
    _, log = buyers.communicate(timeout=10)
    assert buyers.returncode == 0, log


def test_a_wrong_configuration_is_told_in_one_sentence(start: Start, tmp_path: Path) -> None:
    buyers = start("localnet.buyers", "--config", str(tmp_path / "nothing.json"))
    _, told = buyers.communicate(timeout=30)
    assert buyers.returncode == 1
    assert told == f"buyers: {tmp_path}/nothing.json: No such file or directory\n"
