"""How an HTTP call failed, by what is known of its effect; and what that means to a reader and to a changer."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.errors import ExchangeRejected, ExchangeUnavailable, OutcomeUnknown


class NotSent(Exception):
    """No connection could be opened, so nothing was done."""


class NoAnswer(Exception):
    """The request went out, and what came back, if anything, does not tell what became of it."""


class Refused(Exception):
    """The exchange's definite no: a 4xx in its own words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{words} (HTTP {status})")
        self.status = status
        self.words = words


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Map the errors of a call that only reads: whatever happened to it, it can be made again."""
    try:
        yield
    except (NotSent, NoAnswer) as error:
        raise ExchangeUnavailable(f"{what}: {error}") from error
    except Refused as error:
        raise ExchangeRejected(f"{what}: {error}") from error


@contextmanager
def changing(what: str) -> Iterator[None]:
    """Map the errors of a call that changes something: once it went out, only a definite no means that it was not done."""
    try:
        yield
    except NotSent as error:
        raise ExchangeUnavailable(f"{what}: {error}; nothing was sent") from error
    except NoAnswer as error:
        raise OutcomeUnknown(f"{what}: {error}; it may have been done") from error
    except Refused as error:
        raise ExchangeRejected(f"{what}: {error}") from error
