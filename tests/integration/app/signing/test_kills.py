"""The service is killed at the worst moments: what it has signed once it never signs otherwise, and no quota comes back."""

import contextlib
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
import websocket

from app.domain.errors import SignerRefused
from app.ndau.transactions import Issue
from app.signing.client import SigningClient
from tests.integration.app.signing.speaking import ask, shake_hands, sign_request

Connect = Callable[..., SigningClient]
OpenSocket = Callable[..., websocket.WebSocket]

ROUNDS = 4
RANDOM_KILLS = 8
DAY_NAPU = 2_500


@pytest.fixture
def request_signature(open_socket: OpenSocket, parties: Any) -> Callable[..., dict[str, Any] | None]:
    """Ask over a new connection; None when the service ended before it had answered."""

    def request(url: str, quantity: int, sequence: int) -> dict[str, Any] | None:
        try:
            socket = open_socket(url)
            shake_hands(socket, parties.client_key)
            return ask(socket, sign_request(parties.ndau_texts, qty=quantity, sequence=sequence))
        except (websocket.WebSocketException, OSError, ValueError):
            return None

    return request


@pytest.mark.parametrize("place", ["before commit: signature", "after commit: signature"])
def test_a_kill_around_the_commit_never_leads_to_two_signatures_and_frees_no_quota(
    service_process: Any, request_signature: Any, connect: Connect, parties: Any, place: str
) -> None:
    for sequence in range(1, ROUNDS + 1):
        service_process.die_at(place)
        assert request_signature(service_process.url, 100, sequence) is None
        assert service_process.wait() == -signal.SIGKILL
        service_process.start()
        other = request_signature(service_process.url, 200, sequence)
        first = request_signature(service_process.url, 100, sequence)
        if place.startswith("after"):
            # It was on disk, though nobody was told: it is the one that stays.
            assert (other["code"], first["tx_hash"]) == ("sequence_conflict", Issue(100, sequence).hash())
        else:
            assert (other["tx_hash"], first["code"]) == (Issue(200, sequence).hash(), "sequence_conflict")
    client = connect(service_process.url)
    left = DAY_NAPU - sum(each.quantity_napu for each in client.recall(0))
    assert left == DAY_NAPU - ROUNDS * (100 if place.startswith("after") else 200)
    assert is_refused_for_the_limit(client, left, parties)


def is_refused_for_the_limit(client: SigningClient, left: int, parties: Any) -> bool:
    """Use up what is left but 1 napu, and see that 2 are too many and 1 is not."""
    sequence = client.recall(0)[-1].sequence
    for quantity in quantities_of(left - 1):
        sequence += 1
        client.sign_issue(quantity, sequence, parties.ndau_texts)
    with pytest.raises(SignerRefused) as refusal:
        client.sign_issue(2, sequence + 1, parties.ndau_texts)
    client.sign_issue(1, sequence + 1, parties.ndau_texts)
    return refusal.value.code == "limit_exceeded"


def quantities_of(sum_napu: int) -> Iterator[int]:
    while sum_napu:
        yield min(1_000, sum_napu)
        sum_napu -= min(1_000, sum_napu)


def test_kills_at_any_moment_never_lead_to_two_signatures_for_one_sequence(
    new_service_process: Any, open_socket: OpenSocket, connect: Connect, parties: Any
) -> None:
    process = new_service_process(max_per_day_napu=10**9)
    answered = defaultdict[int, set[str]](set)
    random = Random(7)  # noqa: S311  when it dies, not a secret
    sequence = 1
    for _ in range(RANDOM_KILLS):
        killer = threading.Timer(random.uniform(0.0, 0.3), process.statistics.kill)
        socket = open_socket(process.url)
        shake_hands(socket, parties.client_key)
        killer.start()
        # What was asked when it died is asked again with another quantity, on the next round's first request.
        with contextlib.suppress(websocket.WebSocketException, OSError, ValueError):
            while True:
                request = sign_request(parties.ndau_texts, qty=random.randint(1, 1_000), sequence=sequence)
                answer = ask(socket, request)
                if answer["type"] == "signed":
                    answered[sequence].add(answer["tx_hash"])
                sequence += 1
        killer.join()
        assert process.wait() == -signal.SIGKILL
        process.start()
    told = {each.sequence: each.tx_hash for each in connect(process.url).recall(0)}
    assert len(answered) >= RANDOM_KILLS
    assert {n: {told.get(n)} for n in answered} == answered


def test_a_coordinator_restored_from_an_old_copy_gets_no_second_signature(
    service_process: Any, connect: Connect, parties: Any
) -> None:
    client = connect(service_process.url)
    before = {n: client.sign_issue(10 * n, n, parties.ndau_texts) for n in (1, 2, 3, 5)}
    service_process.end(signal.SIGKILL)
    service_process.start()
    codes = {}
    # 4 was never signed: with 5 out it is no more than a gap, and nobody knows whose.
    for sequence, quantity in ((2, 21), (3, 31), (4, 40), (5, 51)):
        with pytest.raises(SignerRefused) as refusal:
            client.sign_issue(quantity, sequence, parties.ndau_texts)
        codes[sequence] = refusal.value.code
    assert codes == dict.fromkeys((2, 3, 4, 5), "sequence_conflict")
    assert {each.sequence: each.tx_hash for each in client.recall(0)} == {n: each.tx_hash for n, each in before.items()}
    assert {n: client.sign_issue(10 * n, n, parties.ndau_texts) for n in before} == before
