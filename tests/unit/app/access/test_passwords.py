import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher

from app.access.passwords import Passwords, checked_password
from app.domain.errors import InvalidInput, Unavailable

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "staple the horse"


def test_a_password_verifies_against_its_hash_and_no_other_does() -> None:
    passwords = Passwords(QUICK)
    kept = passwords.hash(GOOD)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert passwords.verify(kept, GOOD)
    assert not passwords.verify(kept, GOOD + ".")
    assert not passwords.verify(kept, "")


def test_each_hash_has_a_salt_of_its_own() -> None:
    passwords = Passwords(QUICK)
    assert passwords.hash(GOOD) != passwords.hash(GOOD)


def test_nobody_has_a_password() -> None:
    assert not Passwords(QUICK).verify(None, "nobody's")


@pytest.mark.parametrize("kept", ["", "no hash", "$argon2id$v=19$m=8,t=1,p=1$broken"])
def test_what_is_no_hash_lets_nobody_in(kept: str) -> None:
    assert not Passwords(QUICK).verify(kept, GOOD)


@pytest.mark.parametrize("password", ["\ud800 staple horse", "a" * 2_000_000])
def test_what_can_be_no_password_lets_nobody_in(password: str) -> None:
    passwords = Passwords(QUICK)
    assert not passwords.verify(passwords.hash(GOOD), password)


def test_one_character_typed_in_two_ways_is_one_password() -> None:
    passwords = Passwords(QUICK)
    assert passwords.verify(passwords.hash("Zürich im Winter"), "Zu\u0308rich im Winter")


def test_a_hash_with_weaker_parameters_is_outdated() -> None:
    kept = Passwords(QUICK).hash(GOOD)
    assert not Passwords(QUICK).is_outdated(kept)
    assert Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)).is_outdated(kept)


@pytest.mark.parametrize(
    "password",
    [
        "eleven char",
        "a" * 1025,
        "passwordpassword",
        "PassWordPassWord",
        "correcthorsebatterystaple",
        "abababababab",
        "bartholomew.smith",
        "twelve\0 characters",
        "\ud800 twelve characters",
    ],
)
def test_a_password_that_does_not_serve_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_password(password, "bartholomew.smith")
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", [GOOD, "twelve chars", "密码很长很长很长但是很好记", "a1b2c" * 204])
def test_others_serve(password: str) -> None:
    assert checked_password(password, "anna")


class SlowHasher(PasswordHasher):
    """Counts how many verify at the same time."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.now = self.most = 0
        self.may_go_on = threading.Event()
        self.is_busy = threading.Semaphore(0)
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.is_busy.release()
        self.may_go_on.wait(10)
        with self._lock:
            self.now -= 1
        return super().verify(hash, password)


def test_at_most_two_are_verified_at_a_time_and_at_most_eight_wait() -> None:
    hasher = SlowHasher()
    passwords = Passwords(hasher)
    kept = passwords.hash(GOOD)
    refused = threading.Semaphore(0)

    def verify() -> None:
        try:
            passwords.verify(kept, GOOD)
        except Unavailable:
            refused.release()

    threads = [threading.Thread(target=verify) for _ in range(13)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        assert refused.acquire(timeout=10)
    assert hasher.is_busy.acquire(timeout=10)
    assert hasher.is_busy.acquire(timeout=10)
    hasher.may_go_on.set()
    for thread in threads:
        thread.join(10)
    assert hasher.most == 2
    assert passwords.verify(kept, GOOD)
