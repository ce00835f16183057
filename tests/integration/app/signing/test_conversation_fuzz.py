"""Whole conversations of mangled messages: no signature without a valid auth, and the service outlives them all."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import websocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websocket import ABNF

from app.ndau.keys import PrivateKey
from app.signing.client import SigningClient
from app.signing.server_settings import SignerServerSettings
from tests.integration.app.signing.conftest import PARTIES, running
from tests.integration.app.signing.speaking import auth_of, recall_request, shake_hands, sign_request
from tests.unit.app.signing.mutations import mutated

STRANGER = PrivateKey.generate()
OPCODES = st.sampled_from([ABNF.OPCODE_TEXT] * 6 + [ABNF.OPCODE_BINARY, ABNF.OPCODE_PING, ABNF.OPCODE_CONT])
KEYS = PARTIES.ndau_texts


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = SignerServerSettings(
        host="127.0.0.1",
        port=0,
        home=Path(tmp_path_factory.mktemp("signer")),
        service_key=PARTIES.service_key,
        ndau_keys=PARTIES.ndau_keys,
        client_keys=(PARTIES.client_key.public_key(),),
        max_per_transaction_napu=1_000,
        max_per_day_napu=10**15,
        handshake_timeout_seconds=5.0,
    )
    with running(settings) as served:
        yield served


requests = mutated(
    st.one_of(
        st.builds(sign_request, st.just(KEYS), qty=st.integers(1, 2_000), sequence=st.integers(1, 50)),
        st.builds(recall_request, st.integers(-1, 60)),
    ).map(json.dumps)
)


@contextmanager
def opened(url: str) -> Iterator[websocket.WebSocket]:
    socket = websocket.create_connection(
        url, timeout=10.0, subprotocols=["meic-sign.v1"], suppress_origin=True, http_no_proxy=["*"]
    )
    try:
        yield socket
    finally:
        socket.shutdown()  # type: ignore[no-untyped-call]  # the library has no types here


def converse(socket: websocket.WebSocket, messages: list[tuple[int, str]]) -> list[dict[str, Any]]:
    """Send messages whatever comes back, and a good request; return the answers until its own or the end."""
    answers = list[dict[str, Any]]()
    last = recall_request(0)
    with suppress(OSError, websocket.WebSocketConnectionClosedException):
        for opcode, text in [*messages, (ABNF.OPCODE_TEXT, json.dumps(last))]:
            socket.send_frame(ABNF.create_frame(text.encode("utf-8", "replace"), opcode))
        while not answers or answers[-1].get("id") != last["id"]:
            opcode, data = socket.recv_data()
            if opcode == ABNF.OPCODE_CLOSE:
                break
            answers.append(json.loads(data))
    return answers


def is_served(url: str) -> bool:
    service_key = PARTIES.service_key.public_key()
    with SigningClient(url, client_key=PARTIES.client_key, service_key=service_key) as client:
        return client.check() == KEYS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mutated(st.just("AUTH")) | requests,
    st.lists(st.tuples(OPCODES, requests), max_size=5),
    st.sampled_from([STRANGER, PARTIES.client_key]),
)
def test_without_a_valid_auth_there_is_no_answer_at_all(
    url: str, first: str, messages: list[tuple[int, str]], key: PrivateKey
) -> None:
    with opened(url) as socket:
        hello = json.loads(socket.recv())
        auth = auth_of(hello, key)
        if key is PARTIES.client_key:
            # By the right key, and for another connection.
            auth["nonce"] = hello["nonce"]
        assert converse(socket, [(ABNF.OPCODE_TEXT, first.replace("AUTH", json.dumps(auth))), *messages]) == []
    assert is_served(url)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(OPCODES, requests), max_size=6))
def test_after_a_valid_auth_each_message_is_answered_within_the_policy_or_ends_the_conversation(
    url: str, messages: list[tuple[int, str]]
) -> None:
    with opened(url) as socket:
        assert shake_hands(socket, PARTIES.client_key)["type"] == "ready"
        answers = converse(socket, messages)
    assert {answer["type"] for answer in answers} <= {"signed", "recalled", "refused"}
    assert len(answers) <= len(messages) + 1
    assert is_served(url)


def test_no_conversation_has_led_to_two_signatures_or_one_beyond_the_limits(url: str) -> None:
    """Runs last in this file, and looks at what the others had signed."""
    with SigningClient(url, client_key=PARTIES.client_key, service_key=PARTIES.service_key.public_key()) as client:
        told = client.recall(0)
    assert len({each.sequence for each in told}) == len(told)
    assert all(each.quantity_napu <= 1_000 for each in told)
