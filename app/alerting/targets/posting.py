"""The door by which webhooks are told: one POST, and every failure in words that hold no secret.

An error of requests repeats the URL, and whoever knows a webhook's URL can write there.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from app.domain.errors import RateLimited, Rejected, Unavailable
from app.signing.loopback import is_loopback
from app.signing.one_line import one_line

TIMEOUT_SECONDS = 10.0

_LONGEST_ANSWER = 300
_DEFAULT_RETRY_SECONDS = 30.0
_TOO_MANY, _FIRST_REFUSAL, _FIRST_FAILURE = 429, 300, 500


def post_json(url: str, body: Mapping[str, object]) -> None:
    """Send one message.

    Raises:
        Unavailable: it was not taken, or nobody knows; it may be sent again.
        RateLimited: the same, and not before some time.
        Rejected: it was refused for good, in the other side's words.
    """
    status, headers, answer = _ask("POST", url, body)
    host = urlsplit(url).hostname
    if status == _TOO_MANY:
        raise RateLimited(f"{host} asks for fewer messages", retry_after_seconds=_retry_after(headers))
    if status >= _FIRST_FAILURE:
        raise Unavailable(f"{host} answered {status}: {answer}")
    if status >= _FIRST_REFUSAL:
        raise Rejected(f"{host} refused it with {status}: {answer}")


def get(url: str) -> None:
    """Fetch something whose answer does not matter, as long as it is one.

    Raises:
        Unavailable: there was none, or one of a failure.
    """
    status, _, answer = _ask("GET", url, None)
    if status >= _FIRST_REFUSAL:
        raise Unavailable(f"{urlsplit(url).hostname} answered {status}: {answer}")


def _ask(method: str, url: str, body: Mapping[str, object] | None) -> tuple[int, Mapping[str, str], str]:
    host = urlsplit(url).hostname or ""
    with requests.Session() as session:
        # A proxy or ~/.netrc from the environment is for the outside world, not for this machine.
        session.trust_env = not is_loopback(host)
        try:
            # A redirect would carry the message to a host that nobody configured.
            with session.request(
                method, url, json=body, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
            ) as response:
                answer = response.raw.read(_LONGEST_ANSWER, decode_content=True)
                return (
                    response.status_code,
                    response.headers,
                    one_line(answer.decode(errors="replace"), _LONGEST_ANSWER),
                )
        except (requests.RequestException, HTTPError, OSError) as error:
            # Neither repeated nor chained: it holds the URL.
            raise Unavailable(_words(host, error)) from None


def _words(host: str, error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return f"{host} shows a certificate that is not accepted, or speaks no TLS"
    if isinstance(error, requests.exceptions.Timeout):
        return f"{host} did not answer within {TIMEOUT_SECONDS:.0f} s"
    return f"{host} cannot be reached ({type(error).__name__})"


def _retry_after(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdigit() else _DEFAULT_RETRY_SECONDS
