from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.access.control import AccessControl
from app.access.updates import sign_update
from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.store.access_tables import signed_update
from app.store.database import Database
from app.store.events import SqlEvents
from tests.integration.app.store.access.people import kinds, newest
from tests.integration.app.store.conftest import StoppedClock

ADDRESS = "192.0.2.1"
Keys = tuple[PrivateKey, PrivateKey]


def stamp(clock: StoppedClock, seconds: float = 0) -> str:
    return (clock.now() + timedelta(seconds=seconds)).isoformat()


def use(access: AccessControl, body: str) -> str:
    return access.updates.use(body.encode(), ADDRESS)


def test_a_timestamp_signed_by_either_key_serves_and_is_told_with_the_key(
    access: AccessControl, update_keys: Keys, clock: StoppedClock, events: SqlEvents
) -> None:
    for seconds, key in enumerate(update_keys):
        timestamp = stamp(clock, seconds)
        assert use(access, sign_update(key, timestamp)) == str(key.public_key())
        detail = {"who": str(key.public_key()), "timestamp": timestamp, "address": ADDRESS}
        assert newest(events) == ("SignedUpdate", "publishing", detail)


def test_it_serves_once_however_the_instant_is_written(
    access: AccessControl, update_keys: Keys, events: SqlEvents
) -> None:
    key, other = update_keys
    use(access, sign_update(key, "2026-01-01T00:00:05Z"))
    for again in (
        sign_update(key, "2026-01-01T00:00:05Z"),
        sign_update(other, "2026-01-01T00:00:05Z"),
        sign_update(key, "2026-01-01T01:00:05.000+01:00"),
    ):
        with pytest.raises(InvalidInput, match="was used before"):
            use(access, again)
    assert kinds(events).count("SignedUpdate") == 1
    use(access, sign_update(key, "2026-01-01T00:00:05.000000001Z"))


def test_of_many_at_the_same_moment_one_serves(access: AccessControl, update_keys: Keys, clock: StoppedClock) -> None:
    body = sign_update(update_keys[0], stamp(clock))

    def is_used(_: int) -> bool:
        try:
            use(access, body)
        except InvalidInput:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(is_used, range(8))) == 1


@pytest.mark.parametrize("seconds", [-30, -29.999999, 0, 30])
def test_it_serves_within_thirty_seconds_either_way(
    access: AccessControl, update_keys: Keys, clock: StoppedClock, seconds: float
) -> None:
    use(access, sign_update(update_keys[0], stamp(clock, seconds)))


@pytest.mark.parametrize("seconds", [-3600, -30.000001, 30.000001, 3600])
def test_one_that_is_old_or_to_come_does_not_serve(
    access: AccessControl, update_keys: Keys, clock: StoppedClock, seconds: float
) -> None:
    with pytest.raises(InvalidInput, match=r"s off the server's clock; expected at most 30 s"):
        use(access, sign_update(update_keys[0], stamp(clock, seconds)))


def test_another_key_or_another_text_does_not_serve(
    access: AccessControl, update_keys: Keys, clock: StoppedClock, events: SqlEvents
) -> None:
    now = stamp(clock)
    signed = sign_update(update_keys[0], now)
    for wrong in (sign_update(PrivateKey.generate(), now), signed.replace(now, stamp(clock, 1))):
        with pytest.raises(InvalidInput, match="none of a configured key"):
            use(access, wrong)
    # The same instant, but not the text that was signed.
    with pytest.raises(InvalidInput, match="none of a configured key"):
        use(access, signed.replace("+00:00", "Z"))
    assert "SignedUpdate" not in kinds(events)
    use(access, signed)


def test_who_sends_wrong_signatures_is_not_verified_any_more_for_a_while(
    access: AccessControl, update_keys: Keys, clock: StoppedClock
) -> None:
    wrong = sign_update(PrivateKey.generate(), stamp(clock))
    for _ in range(20):
        with pytest.raises(InvalidInput, match="none of a configured key"):
            use(access, wrong)
    right = sign_update(update_keys[0], stamp(clock, 10)).encode()
    with pytest.raises(InvalidInput, match="too many wrong signatures"):
        access.updates.use(right, ADDRESS)
    access.updates.use(right, "192.0.2.2")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"2026-01-01T00:00:00Z"',
        b"{}",
        b'{"timestamp": "2026-01-01T00:00:00Z"}',
        b'{"timestamp": "2026-01-01T00:00:00Z", "signature": 1}',
        b'{"timestamp": "2026-01-01T00:00:00Z", "signature": "a", "more": "b"}',
        b'{"timestamp": "2026-01-01T00:00:00Z", "timestamp": "2026-01-01T00:00:00Z", "signature": "a"}',
        b'{"timestamp": null, "signature": null}',
        b"\xff\xfe",
        b"[" * 4000,
        b'{"timestamp": ' + b"9" * 4000,
    ],
)
def test_a_body_that_is_something_else_is_refused(access: AccessControl, body: bytes) -> None:
    with pytest.raises(InvalidInput, match="the body is"):
        access.updates.use(body, ADDRESS)


@pytest.mark.parametrize("signature", ["", "a", "npub", "\\u0000", "\\ud800", "a4jadtcay" * 50])
def test_a_signature_that_is_none_is_refused(access: AccessControl, clock: StoppedClock, signature: str) -> None:
    with pytest.raises(InvalidInput, match="the signature is"):
        use(access, f'{{"timestamp": "{stamp(clock)}", "signature": "{signature}"}}')


def test_used_ones_are_removed_after_a_day(
    access: AccessControl, update_keys: Keys, clock: StoppedClock, database: Database
) -> None:
    use(access, sign_update(update_keys[0], stamp(clock)))
    clock.wait(86_400)
    use(access, sign_update(update_keys[0], stamp(clock)))
    with database.read() as connection:
        assert len(connection.execute(signed_update.select()).all()) == 1
