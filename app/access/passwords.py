"""Passwords: which ones serve, and argon2 over them, a few at a time."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.access.common_passwords import COMMON_PASSWORDS
from app.domain.errors import InvalidInput, Unavailable
from app.domain.reasons import is_text

SHORTEST, LONGEST = 12, 1024

_FEWEST_CHARACTERS = 5
"""Of different ones: "aaaaaaaaaaaa" is long and nothing else."""

_AT_ONCE = 2
_WAITING = 8
_PATIENCE_SECONDS = 15.0


def checked_password(password: str, name: str) -> str:
    """Return a new password as it is hashed.

    Raises:
        InvalidInput: it is too short or too long, the name, or one of the commonest; it is not repeated.
    """
    if not is_text(password):
        raise InvalidInput("the password is no text; expected characters that can be typed")
    normal = _normal(password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise InvalidInput(f"the password has {len(normal)} characters; expected {SHORTEST} to {LONGEST}")
    folded = normal.casefold()
    if folded in COMMON_PASSWORDS or folded == name or len(set(folded)) < _FEWEST_CHARACTERS:
        raise InvalidInput("the password is among the first that anybody tries; expected one that is hard to guess")
    return normal


class Passwords:
    """Hashes and verifies. Safe for threads; each turn takes 64 MiB, so at most two have theirs at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._places = threading.BoundedSemaphore(_AT_ONCE + _WAITING)
        self._nobodys = self._hasher.hash("nobody's")

    def hash(self, password: str) -> str:
        """Return what the ledger keeps of a password.

        Raises:
            Unavailable: too many others are being checked.
        """
        with self._turn():
            return self._hasher.hash(_normal(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Tell whether this is the password; None is nobody's, and costs the same time.

        Raises:
            Unavailable: too many others are being checked.
        """
        if not is_text(password) or len(password) > LONGEST:
            password = ""
        with self._turn():
            try:
                self._hasher.verify(kept or self._nobodys, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
            return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Unavailable("too many passwords are being checked at this moment; try again in some seconds")
        try:
            if not self._turns.acquire(timeout=_PATIENCE_SECONDS):
                raise Unavailable("passwords are checked too slowly at this moment; try again in some seconds")
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


def _normal(password: str) -> str:
    # One character can be typed in several ways: the same keys on another machine must give the same password.
    return unicodedata.normalize("NFKC", password)
