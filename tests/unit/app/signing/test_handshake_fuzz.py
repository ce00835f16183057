"""No message but the very one that belongs to a connection opens it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ndau.keys import PrivateKey
from app.signing.frames import Auth, FrameInvalid, Ready, parse_from_client, parse_from_service
from app.signing.handshake import ClientHandshake, HandshakeFailed, ServiceHandshake
from tests.unit.app.signing.mutations import mutated

SERVICE, CLIENT = PrivateKey.generate(), PrivateKey.generate()
HANDSHAKE = ServiceHandshake(SERVICE, {CLIENT.public_key()})
CALLER = ClientHandshake(CLIENT, SERVICE.public_key())
AUTH = CALLER.auth(HANDSHAKE.hello())
READY = HANDSHAKE.ready(AUTH, (CLIENT.public_key(),))


@given(mutated(st.just(AUTH.text())))
def test_an_auth_with_anything_else_in_it_is_not_accepted(text: str) -> None:
    try:
        auth = parse_from_client(text)
    except FrameInvalid:
        return
    if not isinstance(auth, Auth):
        return
    if (auth.client_key.lower(), auth.nonce, auth.signature.lower()) == (AUTH.client_key, AUTH.nonce, AUTH.signature):
        assert HANDSHAKE.client_of(AUTH) == CLIENT.public_key()
        return
    with pytest.raises(HandshakeFailed):
        HANDSHAKE.client_of(auth)


@given(mutated(st.just(READY.text())))
def test_a_ready_with_another_signature_is_not_accepted(text: str) -> None:
    try:
        ready = parse_from_service(text)
    except FrameInvalid:
        return
    if not isinstance(ready, Ready):
        return
    if ready.signature.lower() == READY.signature:
        CALLER.check(READY)
        return
    with pytest.raises(HandshakeFailed):
        CALLER.check(ready)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_no_signature_that_is_not_the_clients_is_accepted(nonce: bytes, signature: bytes) -> None:
    forged = PrivateKey.generate().sign(signature)
    for text in (str(forged), signature.hex()):
        auth = Auth(client_key=str(CLIENT.public_key()), nonce=nonce, signature=text)
        with pytest.raises(HandshakeFailed):
            HANDSHAKE.client_of(auth)
