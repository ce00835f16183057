from dataclasses import dataclass

import pytest

from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey
from app.signing.frames import Auth, Hello, Ready
from app.signing.handshake import ClientHandshake, HandshakeFailed, ServiceHandshake

SERVICE = PrivateKey.generate(Algorithm.ED25519)
CLIENT = PrivateKey.generate(Algorithm.SECP256K1)
STRANGER = PrivateKey.generate()


@dataclass
class Meeting:
    """Both sides of one connection."""

    service: ServiceHandshake
    client: ClientHandshake

    def run(self) -> tuple[Hello, Auth, Ready]:
        hello = self.service.hello()
        auth = self.client.auth(hello)
        assert self.service.client_of(auth) == CLIENT.public_key()
        ready = self.service.ready(auth, (STRANGER.public_key(),))
        self.client.check(ready)
        return hello, auth, ready


@pytest.fixture
def meeting() -> Meeting:
    return new_meeting()


def new_meeting() -> Meeting:
    service = ServiceHandshake(SERVICE, {CLIENT.public_key()})
    return Meeting(service, ClientHandshake(CLIENT, SERVICE.public_key()))


def test_two_that_know_each_other_meet(meeting: Meeting) -> None:
    _, _, ready = meeting.run()
    assert ready.keys == (str(STRANGER.public_key()),)


def test_nothing_that_was_said_once_is_accepted_again(meeting: Meeting) -> None:
    _, auth, ready = new_meeting().run()
    with pytest.raises(HandshakeFailed, match="not one by the client key"):
        meeting.service.client_of(auth)
    meeting.client.auth(meeting.service.hello())
    with pytest.raises(HandshakeFailed, match="not one by the service's key"):
        meeting.client.check(ready)


def test_the_client_speaks_only_to_the_service_it_knows(meeting: Meeting) -> None:
    with pytest.raises(HandshakeFailed, match=f"expected {SERVICE.public_key()}"):
        meeting.client.auth(ServiceHandshake(STRANGER, {CLIENT.public_key()}).hello())


def test_the_service_lets_in_only_the_clients_it_knows(meeting: Meeting) -> None:
    auth = ClientHandshake(STRANGER, SERVICE.public_key()).auth(meeting.service.hello())
    with pytest.raises(HandshakeFailed, match="not among those allowed"):
        meeting.service.client_of(auth)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": bytes(32)},
        {"signature": str(STRANGER.sign(b"anything"))},
        {"signature": "npub"},
        {"signature": ""},
        {"client_key": "npub"},
        {"client_key": str(SERVICE.public_key())},
    ],
)
def test_an_auth_changed_anywhere_is_refused(meeting: Meeting, changes: dict[str, object]) -> None:
    auth = meeting.client.auth(meeting.service.hello())
    with pytest.raises(HandshakeFailed):
        meeting.service.client_of(auth.model_copy(update=changes))


def test_a_ready_that_another_key_signed_is_refused(meeting: Meeting) -> None:
    hello = meeting.service.hello()
    auth = meeting.client.auth(hello)
    message = b"meic-sign.v1 service" + auth.nonce + hello.nonce
    meeting.client.check(Ready(signature=str(SERVICE.sign(message)), keys=("npub",)))
    with pytest.raises(HandshakeFailed):
        meeting.client.check(Ready(signature=str(STRANGER.sign(message)), keys=("npub",)))


def test_the_nonces_in_the_other_order_are_not_what_the_service_signs(meeting: Meeting) -> None:
    hello = meeting.service.hello()
    auth = meeting.client.auth(hello)
    swapped = SERVICE.sign(b"meic-sign.v1 service" + hello.nonce + auth.nonce)
    with pytest.raises(HandshakeFailed):
        meeting.client.check(Ready(signature=str(swapped), keys=("npub",)))
