"""Updates that whoever holds a configured key asks for: a timestamp and its signature."""

import json
from collections.abc import Sequence
from typing import Any

from app.access.bad_signatures import BadSignatures
from app.access.places import site_of, written
from app.access.timestamps import NANOSECONDS, nanoseconds_of, present_nanoseconds
from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey, PublicKey, Signature
from app.ports.clock import Clock
from app.store.signed_updates import SqlSignedUpdates

TOLERANCE_SECONDS = 30
LONGEST_BODY_BYTES = 4096

_FIELDS = {"timestamp", "signature"}


class SignedUpdates:
    """Judges signed timestamps. Safe for threads."""

    def __init__(self, used: SqlSignedUpdates, clock: Clock, keys: Sequence[PublicKey]) -> None:
        self._used = used
        self._clock = clock
        self._keys = tuple(keys)
        self._bad = BadSignatures(clock)

    def use(self, body: bytes, address: str) -> str:
        """Use a signed timestamp up, durably, and return the key; afterwards publishing may be rung.

        Raises:
            InvalidInput: it does not serve; the message says why.
        """
        timestamp, signature = _read(body)
        stamp = nanoseconds_of(timestamp)
        offset = abs(stamp - present_nanoseconds(self._clock.now()))
        if offset > TOLERANCE_SECONDS * NANOSECONDS:
            raise InvalidInput(
                f"the timestamp is {offset // NANOSECONDS} s off the server's clock; expected at most {TOLERANCE_SECONDS} s"
            )
        key = str(self._signer_of(timestamp, signature, site_of(address)))
        if not self._used.use(stamp, timestamp=timestamp, key=key, address=written(address)):
            raise InvalidInput("the timestamp was used before; expected a new one")
        return key

    def _signer_of(self, timestamp: str, signature: str, site: str) -> PublicKey:
        if not self._keys:
            raise InvalidInput("signed updates are off: console.update_keys names no key")
        self._bad.check(site)
        parsed, message = _signature(signature), timestamp.encode()
        for key in self._keys:
            if key.verify(message, parsed):
                return key
        self._bad.note(site)
        raise InvalidInput("the signature is none of a configured key for this timestamp; expected one over its text")


def sign_update(key: PrivateKey, timestamp: str) -> str:
    """Return the body of an update: the signed bytes are the timestamp's text as it is."""
    return json.dumps({"timestamp": timestamp, "signature": str(key.sign(timestamp.encode()))})


def _read(body: bytes) -> tuple[str, str]:
    try:
        read = json.loads(body.decode(), object_pairs_hook=_only_once)
    except (ValueError, RecursionError):
        raise InvalidInput('the body is no JSON; expected {"timestamp": "...", "signature": "..."}') from None
    if not isinstance(read, dict) or set(read) != _FIELDS or not all(isinstance(text, str) for text in read.values()):
        raise InvalidInput('the body is not what it should be; expected {"timestamp": "...", "signature": "..."}')
    return read["timestamp"], read["signature"]


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError
    return read


def _signature(text: str) -> Signature:
    try:
        return Signature.parse(text)
    except InvalidInput as error:
        raise InvalidInput(f"the signature is none: {error}") from None
