import signal
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.errors import SignerRefused, SignerUnavailable
from app.signing.client import SigningClient

Connect = Callable[..., SigningClient]


def test_a_client_reconnects_by_itself_after_the_service_was_killed_and_restarted(
    service_process: Any, connect: Connect, parties: Any
) -> None:
    client = connect(service_process.url)
    client.check()
    service_process.end(signal.SIGKILL)
    service_process.start()
    assert client.sign_issue(100, 1, parties.ndau_texts).signatures


def test_the_same_transaction_gets_the_same_answer_after_a_kill(
    service_process: Any, connect: Connect, parties: Any
) -> None:
    client = connect(service_process.url)
    before = client.sign_issue(1_000, 1, parties.ndau_texts)
    service_process.end(signal.SIGKILL)
    service_process.start()
    assert client.sign_issue(1_000, 1, parties.ndau_texts) == before


def test_limits_and_sequences_survive_a_kill(service_process: Any, connect: Connect, parties: Any) -> None:
    client = connect(service_process.url)
    for sequence in (1, 2):
        client.sign_issue(1_000, sequence, parties.ndau_texts)
    service_process.end(signal.SIGKILL)
    service_process.start()
    with pytest.raises(SignerRefused) as beyond_the_day:
        client.sign_issue(501, 3, parties.ndau_texts)
    with pytest.raises(SignerRefused) as other_quantity:
        client.sign_issue(999, 2, parties.ndau_texts)
    client.sign_issue(500, 3, parties.ndau_texts)
    assert (beyond_the_day.value.code, other_quantity.value.code) == ("limit_exceeded", "sequence_conflict")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_service_in_good_order_while_clients_are_connected(
    service_process: Any, connect: Connect, parties: Any, number: int
) -> None:
    client = connect(service_process.url, timeout_seconds=0.2)
    client.check()
    assert service_process.end(number) == 0
    with pytest.raises(SignerUnavailable):
        client.sign_issue(1, 1, parties.ndau_texts)
