"""The single door to the network: one node's HTTP API, with every failure sorted by whether the request was sent.

- could not be sent: ChainUnavailable, for reading and for submitting;
- sent, and no complete answer came: ChainUnavailable for reading, OutcomeUnknown for submitting.
"""

import ipaddress
import json
import os
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from app.domain.errors import ChainUnavailable, InvalidInput, OutcomeUnknown

_LARGEST_ANSWER_BYTES = 16 * 2**20
_CHUNK_BYTES = 65536
_JSON_HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a node answered, complete but not yet understood."""

    status: int
    body: bytes


class Node:
    """Speaks to one node; safe to share between threads and across a fork.

    Attributes:
        url: https, or http to this machine only; without credentials, query or fragment.

    Raises:
        InvalidInput: the url or the timeout is wrong.
    """

    def __init__(self, url: str, *, timeout_seconds: float, session: requests.Session | None = None) -> None:
        self.url = checked_url(url)
        if not timeout_seconds > 0:
            raise InvalidInput(f"the chain's timeout is {timeout_seconds} seconds; expected a number above 0")
        self._timeout_seconds = timeout_seconds
        self._given_session = session
        self._local = threading.local()

    def get(self, path: str, query: dict[str, str] | None = None) -> Reply:
        """Read something.

        Raises:
            ChainUnavailable: no complete answer came.
        """
        try:
            return self._exchange("GET", path, query=query)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise ChainUnavailable(f"GET {self.url}{path}: {error}") from error

    def post(self, path: str, body: dict[str, object]) -> Reply:
        """Send something that changes the chain, exactly once.

        Raises:
            ChainUnavailable: no connection could be opened; nothing was sent.
            OutcomeUnknown: it may have been sent, and no complete answer came.
        """
        try:
            return self._exchange("POST", path, body=body)
        except (requests.RequestException, HTTPError, OSError) as error:
            if _was_never_sent(error):
                raise ChainUnavailable(f"POST {self.url}{path} was not sent: {error}") from error
            raise OutcomeUnknown(f"POST {self.url}{path} was sent and its fate is not known: {error}") from error

    def _exchange(
        self, method: str, path: str, *, query: dict[str, str] | None = None, body: dict[str, object] | None = None
    ) -> Reply:
        deadline = time.monotonic() + self._timeout_seconds
        # A redirect would turn a POST into a GET, or carry it to a host nobody configured.
        with self._session().request(
            method,
            self.url + path,
            params=query,
            data=None if body is None else json.dumps(body),
            headers=_JSON_HEADERS,
            timeout=self._timeout_seconds,
            allow_redirects=False,
            stream=True,
        ) as response:
            return Reply(response.status_code, _read_all(response, deadline))

    def _session(self) -> requests.Session:
        if self._given_session is not None:
            return self._given_session
        # A session is not made for threads, and its sockets must not be shared with a forked worker.
        if getattr(self._local, "owner", None) != os.getpid():
            self._local.session = requests.Session()
            # A proxy or ~/.netrc from the environment is for the outside world, not for this machine.
            self._local.session.trust_env = not _is_loopback(self.url)
            self._local.owner = os.getpid()
        session: requests.Session = self._local.session
        return session


def checked_url(url: str) -> str:
    """Return the url without a slash at its end.

    Raises:
        InvalidInput: neither https nor http to this machine, or more than a host, a port and a path.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        # Neither repeated nor chained: a password with a "/" in it ends up where the port belongs.
        raise InvalidInput(
            "the chain's url has a port that is no number; expected one like https://node.example:3030"
        ) from None
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise InvalidInput("the chain's url has no host, or more than one; expected one like https://node.example:3030")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(url)):
        raise InvalidInput(f"the chain's url is {url!r}; expected https, or http on this machine only")
    return url.rstrip("/")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_all(response: requests.Response, deadline: float) -> bytes:
    # The timeout of requests is for each wait, so an answer that drips would hold us for ever; this bounds the whole.
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > _LARGEST_ANSWER_BYTES:
            raise requests.exceptions.ContentDecodingError(f"the answer is longer than {_LARGEST_ANSWER_BYTES} bytes")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer did not end in time")
    return bytes(body)


def _was_never_sent(error: Exception) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.exceptions.ConnectionError) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
