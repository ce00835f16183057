"""What goes over a connection, and how it ends: the same for every client that stands on `requests`."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from exchanges.http_errors import NoAnswer, NotSent

MAX_BODY_BYTES = 16 * 2**20

SENT_WITHIN_SECONDS = 5.0
"""So long after a placement was asked for it is not sent any more, nor does a connection take longer to open. Whoever asks
holds a lease that lasts twice as long; after that a successor may have given the offer up and placed another."""


def refuse_late(asked_at: float, now: float) -> None:
    """Refuse to send a placement whose preparation (a token, a clock, rules, its turn) took too long.

    Raises:
        NotSent: it did.
    """
    if now - asked_at > SENT_WITHIN_SECONDS:
        raise NotSent(f"it took {now - asked_at:.1f} s to prepare; expected at most {SENT_WITHIN_SECONDS:g} s")


def patience(timeout_seconds: float) -> tuple[float, float]:
    """Return for how long to wait for a connection, and for an answer, as `requests` takes them."""
    return min(timeout_seconds, SENT_WITHIN_SECONDS), timeout_seconds


@contextmanager
def wire_errors(where: str, timeout_seconds: float) -> Iterator[None]:
    """Say of a call that failed on its way whether it can have reached the other side.

    Raises:
        NotSent: no connection was opened.
        NoAnswer: it may have been done: a broken connection, no answer in time, or one that cannot be read.
    """
    try:
        yield
    except requests.ConnectionError as error:
        if _was_not_sent(error):
            raise NotSent(f"no connection to {where}") from error
        raise NoAnswer(f"the connection to {where} broke") from error
    except requests.Timeout as error:
        raise NoAnswer(f"no answer from {where} within {timeout_seconds:g} s") from error
    except (requests.RequestException, HTTPError) as error:
        raise NoAnswer(f"the answer from {where} cannot be read: {type(error).__name__}") from error


def bounded_body(response: requests.Response, deadline: float, most_bytes: int = MAX_BODY_BYTES) -> str:
    """Return a streamed answer's text.

    Raises:
        HTTPError: it is longer than that, or still comes when `monotonic()` has passed the deadline.
    """
    # Piece by piece as they arrive: the timeout only limits the wait for each, and an answer can have any number of them.
    content = bytearray()
    while piece := response.raw.read1(65_536, decode_content=True):
        content += piece
        if len(content) > most_bytes or monotonic() > deadline:
            raise HTTPError("the answer is too long, or comes too slowly")
    return content.decode("utf-8", errors="replace")


def _was_not_sent(error: requests.ConnectionError) -> bool:
    """Tell whether no connection was opened, so that nothing can have reached the other side."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
