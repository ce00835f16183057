"""The process: several venues, ending, and being killed."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from venue.client import CallFailed, TraderClient, VenueUnreachable


def test_one_process_serves_venues_that_know_nothing_of_each_other(
    prepare: Callable[..., Any], trader: Callable[..., TraderClient]
) -> None:
    process = prepare("north", "south")
    process.start()
    north, south = (trader("issuer", process.endpoints[name]) for name in ("north", "south"))
    assert north.place("sell", Decimal(3), Decimal(1)) == 1
    assert south.place("sell", Decimal(4), Decimal(2)) == 1
    assert [order.price for order in north.open_orders()] == [3]
    assert [order.price for order in south.open_orders()] == [4]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_within_two_seconds_even_with_connections_open(
    prepare: Callable[..., Any], trader: Callable[..., TraderClient], number: signal.Signals
) -> None:
    process = prepare("north", "south")
    process.start()
    for name in ("north", "south"):
        trader("issuer", process.endpoints[name]).place("sell", Decimal(3), Decimal(1))
    begun = time.monotonic()
    assert process.end(number) == 0
    assert time.monotonic() - begun < 2
    process.start()
    assert trader("issuer", process.endpoints["south"]).order(1).status == 1


def test_a_client_goes_on_after_a_restart(venue: Any, trader: Callable[..., TraderClient]) -> None:
    endpoint = venue.endpoints["north"]
    client = trader("buyer", endpoint)
    order_id = client.place("buy", Decimal(3), Decimal(1))
    venue.end(signal.SIGKILL)
    with pytest.raises(VenueUnreachable):
        client.order(order_id)
    config = venue.config_path.read_text().replace('"port": 0', f'"port": {endpoint.rsplit(":", 1)[1]}')
    venue.config_path.write_text(config)
    venue.start()
    assert client.order(order_id).status == 1


def trade_until_killed(client: TraderClient, side: str, acknowledged: list[int], cancelled: list[int]) -> None:
    try:
        for number in range(100_000):
            order_id = client.place(side, Decimal(10 + number % 3), Decimal("0.5"))
            acknowledged.append(order_id)
            if number % 5 == 0:
                try:
                    client.cancel(order_id)
                except CallFailed as error:
                    assert "is not open: it is filled" in error.message  # noqa: PT017  the other outcome is a success
                else:
                    cancelled.append(order_id)
    except VenueUnreachable:
        return


def all_of(read: Callable[..., list[Any]]) -> list[Any]:
    entries: list[Any] = []
    page = 0
    while batch := read(page=page, limit=1000):
        entries += batch
        page += 1
    return entries


@pytest.mark.parametrize("orders_before_kill", [1, 40, 150])
def test_killed_at_any_moment_it_loses_nothing_it_told_and_doubles_nothing(
    venue: Any, trader: Callable[..., TraderClient], orders_before_kill: int
) -> None:
    acknowledged: dict[str, list[int]] = {"issuer": [], "buyer": []}
    cancelled: dict[str, list[int]] = {"issuer": [], "buyer": []}
    threads = [
        threading.Thread(
            target=trade_until_killed,
            args=(trader(account, venue.endpoints["north"]), side, acknowledged[account], cancelled[account]),
        )
        for account, side in (("issuer", "sell"), ("buyer", "buy"))
    ]
    observer = trader("issuer", venue.endpoints["north"])
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    seen: list[Any] = []
    while sum(map(len, acknowledged.values())) < orders_before_kill:
        assert time.monotonic() < deadline
        seen = observer.trades(limit=1000)
    venue.end(signal.SIGKILL)
    for thread in threads:
        thread.join()

    venue.start()
    clients = {account: trader(account, venue.endpoints["north"]) for account in acknowledged}
    trades = {account: all_of(client.trades) for account, client in clients.items()}
    assert {trade.trade_id for trade in seen} <= {trade.trade_id for trade in trades["issuer"]}
    fills = [sorted((each.trade_id + 1) // 2 for each in trades[account]) for account in trades]
    assert fills[0] == fills[1]
    assert len(set(fills[0])) == len(fills[0])
    for account, client in clients.items():
        for order_id in acknowledged[account]:
            client.order(order_id)
        for order_id in cancelled[account]:
            assert client.order(order_id).status == 4
    check_money(clients, trades)


def check_money(clients: dict[str, TraderClient], trades: dict[str, list[Any]]) -> None:
    sold = sum((trade.amount for trade in trades["issuer"]), Decimal(0))
    paid = sum((trade.amount * trade.price for trade in trades["buyer"]), Decimal(0))
    issuer, buyer = clients["issuer"].balances(), clients["buyer"].balances()
    asked = sum((order.remaining for order in clients["issuer"].open_orders()), Decimal(0))
    bid = sum((order.remaining * order.price for order in clients["buyer"].open_orders()), Decimal(0))
    assert (issuer["NDAU"].available, issuer["NDAU"].frozen) == (1_000_000 - sold - asked, asked)
    assert issuer["USDT"].available == paid
    assert buyer["NDAU"].available == 500 + sold
    assert (buyer["USDT"].available, buyer["USDT"].frozen) == (Decimal("1000000.50") - paid - bid, bid)


def run_with(config: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "venue", "--config", str(config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_what_stops_the_start_is_told_in_one_sentence(venue: Any, tmp_path: Path) -> None:
    running = run_with(venue.config_path)
    assert (running.returncode, running.stdout) == (1, "")
    assert running.stderr.startswith("venue: ")
    assert running.stderr.endswith("another venue process uses this state directory\n")
    missing = run_with(tmp_path / "nothing.json")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
    assert "nothing.json: No such file or directory" in missing.stderr


def test_a_damaged_journal_stops_the_start_and_says_where(
    venue: Any, trader: Callable[..., TraderClient], tmp_path: Path
) -> None:
    trader("issuer", venue.endpoints["north"]).place("sell", Decimal(3), Decimal(1))
    venue.end(signal.SIGTERM)
    journal = tmp_path / "north" / "journal"
    content = bytearray(journal.read_bytes())
    content[40] ^= 1
    journal.write_bytes(content)
    refused = run_with(venue.config_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"venue: {journal}, byte 28: the payload of a frame does not match its check")
    assert journal.read_bytes() == content
