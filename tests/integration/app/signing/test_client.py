import dataclasses
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

import pytest

from app.domain.errors import AuthenticationFailed, InvalidInput, SignerRefused, SignerUnavailable
from app.ndau.keys import PrivateKey, PublicKey, Signature
from app.ndau.transactions import Issue
from app.signing.client import SigningClient

Connect = Callable[..., SigningClient]

DEADLINE_SECONDS = 20.0


def test_every_key_that_the_service_holds_signs(service_url: str, connect: Connect, parties: Any) -> None:
    stranger = str(PrivateKey.generate().public_key())
    keys = (parties.ndau_texts[1], stranger, parties.ndau_texts[0])

    signed = connect(service_url).sign_issue(900, 7, keys)

    issue = Issue(qty=900, sequence=7)
    assert signed.tx_hash == issue.hash()
    verified = [
        PublicKey.parse(key).verify(issue.signable_bytes(), Signature.parse(signature))
        for key, signature in zip((keys[0], keys[2]), signed.signatures, strict=True)
    ]
    assert verified == [True, True]


def test_the_doctor_learns_which_keys_the_service_holds(service_url: str, connect: Connect, parties: Any) -> None:
    client = connect(service_url)
    assert client.last_pong_at is None
    assert client.check() == parties.ndau_texts
    assert client.last_pong_at is not None


def test_the_service_says_which_rule_it_refuses_by(service_url: str, connect: Connect, parties: Any) -> None:
    client = connect(service_url)
    client.sign_issue(500, 7, parties.ndau_texts)
    requests = {
        "sequence_conflict": (501, 7, parties.ndau_texts),
        "limit_exceeded": (1_001, 8, parties.ndau_texts),
        "unknown_key": (1, 8, (str(PrivateKey.generate().public_key()),)),
    }
    codes = {}
    for expected, request in requests.items():
        with pytest.raises(SignerRefused) as refusal:
            client.sign_issue(*request)
        codes[expected] = refusal.value.code
    assert codes == {code: code for code in requests}


def test_a_file_in_the_home_halts_signing_and_removing_it_resumes(
    service_url: str, connect: Connect, parties: Any, settings: Any
) -> None:
    client = connect(service_url)
    signed = client.sign_issue(500, 7, parties.ndau_texts)
    halt = settings.home / "halt"
    halt.touch()
    with pytest.raises(SignerRefused) as refusal:
        client.sign_issue(500, 7, parties.ndau_texts)
    assert refusal.value.code == "halted"
    halt.unlink()
    assert client.sign_issue(500, 7, parties.ndau_texts) == signed


def test_a_client_key_that_is_not_allowed_is_not_let_in(service_url: str, connect: Connect, parties: Any) -> None:
    client = connect(service_url, client_key=PrivateKey.generate())
    with pytest.raises(AuthenticationFailed, match="does not accept our client key"):
        client.sign_issue(1, 1, parties.ndau_texts)


def test_a_service_with_another_key_is_told_nothing(service_url: str, connect: Connect) -> None:
    client = connect(service_url, service_key=PrivateKey.generate().public_key())
    with pytest.raises(AuthenticationFailed, match="is not the one expected"):
        client.check()


def test_nobody_there_is_unavailable_to_the_doctor_at_once(connect: Connect, unused_url: str) -> None:
    with pytest.raises(SignerUnavailable, match="cannot be reached"):
        connect(unused_url, timeout_seconds=60.0).check()


def test_a_request_keeps_trying_only_until_its_timeout(connect: Connect, unused_url: str, parties: Any) -> None:
    with pytest.raises(SignerUnavailable, match="cannot be reached"):
        connect(unused_url, timeout_seconds=0.5).sign_issue(1, 1, parties.ndau_texts)


def test_a_request_waits_for_a_service_that_is_starting(
    connect: Connect, parties: Any, settings: Any, start_service: Any, unused_url: str
) -> None:
    client = connect(unused_url, timeout_seconds=30.0)
    with ThreadPoolExecutor(max_workers=1) as other:
        signing = other.submit(client.sign_issue, 1, 1, parties.ndau_texts)
        start_service(dataclasses.replace(settings, port=int(unused_url.rsplit(":", 1)[1])))
        assert signing.result(timeout=30).tx_hash == Issue(qty=1, sequence=1).hash()


def test_one_connection_serves_many_threads(service_url: str, connect: Connect, parties: Any) -> None:
    client = connect(service_url)
    with ThreadPoolExecutor(max_workers=4) as others:
        answers = list(others.map(lambda _: client.sign_issue(1, 1, parties.ndau_texts), range(32)))
        told = list(others.map(client.recall, range(32)))
    assert {answer.tx_hash for answer in answers} == {Issue(qty=1, sequence=1).hash()}
    assert [len(each) for each in told] == [1] + [0] * 31


def test_an_idle_connection_is_pinged(service_url: str, connect: Connect, wait_until: Any) -> None:
    client = connect(service_url, ping_interval_seconds=0.05)
    client.check()
    checked_at = client.last_pong_at
    wait_until(lambda: client.last_pong_at != checked_at)


def test_proxies_of_the_environment_are_not_asked_for_this_machine(
    service_url: str, connect: Connect, parties: Any, monkeypatch: pytest.MonkeyPatch, unused_url: str
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", unused_url.replace("ws", "http"))
    assert connect(service_url).check() == parties.ndau_texts


@pytest.mark.parametrize(
    "url",
    ["ws://signer.example.org:1", "http://127.0.0.1:1", "127.0.0.1:1", "wss://", "ws://[::1", "ws://user@127.0.0.1:1"],
)
def test_a_url_that_would_go_over_a_network_in_the_clear_or_is_none_is_refused(connect: Connect, url: str) -> None:
    with pytest.raises(InvalidInput, match="signing service's URL"):
        connect(url)


def test_a_request_without_keys_is_refused_before_it_is_sent(connect: Connect, unused_url: str) -> None:
    with pytest.raises(InvalidInput, match="expected the account's validation keys"):
        connect(unused_url).sign_issue(1, 1, ())


def test_a_forked_process_opens_its_own_connection_and_leaves_its_parents_alone(
    service_url: str, connect: Connect, parties: Any
) -> None:
    client = connect(service_url)
    client.sign_issue(1, 1, parties.ndau_texts)
    assert client._channel.connection
    before = client._channel.connection
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_sign_in_child, args=(client, parties.ndau_texts, sender))
    child.start()
    assert receiver.poll(DEADLINE_SECONDS)
    assert receiver.recv() == Issue(qty=2, sequence=2).hash()
    child.join(timeout=DEADLINE_SECONDS)
    receiver.close()
    sender.close()
    assert client.sign_issue(3, 3, parties.ndau_texts).tx_hash == Issue(qty=3, sequence=3).hash()
    assert client._channel.connection is before


def _sign_in_child(client: SigningClient, keys: tuple[str, ...], answer: Connection) -> None:
    answer.send(client.sign_issue(2, 2, keys).tx_hash)
    client.close()
