"""Where the watcher writes how its streams are, and commands read it: Valkey, for half a minute."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import redis

from app.domain.errors import Unavailable
from app.settings.settings import Settings
from app.watching.stream_state import StreamState, from_json

LIFETIME_SECONDS = 30
"""What is older was written by a watcher that is dead."""

_ANSWER_SECONDS = 2.0


def result_url(settings: Settings) -> str:
    """Return where results are kept, which is a Valkey or Redis whatever the broker is; it may hold a password."""
    return (settings.broker.result_url or settings.broker.url).get_secret_value()


class StreamBoard:
    """The states of all streams in a Valkey or Redis; safe for threads. Nothing but people's eyes depends on it."""

    def __init__(self, url: str, *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=answer_seconds, socket_connect_timeout=answer_seconds, retry=None
        )

    def write(self, states: Sequence[StreamState]) -> None:
        """Store states; they vanish after 30 s unless they are written again.

        Raises:
            Unavailable: the server does not answer.
        """
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for state in states:
                    pipeline.set(_key(state.name), json.dumps(state.as_json()), ex=LIFETIME_SECONDS)
                pipeline.execute()
        except redis.RedisError as error:
            raise Unavailable(f"the states of streams cannot be stored: {error}") from error

    def read(self, names: Sequence[str]) -> Mapping[str, StreamState]:
        """Return the states of those exchanges that are being watched.

        Raises:
            Unavailable: the server does not answer.
        """
        if not names:
            return {}
        try:
            texts = cast("list[bytes | None]", self._redis.mget([_key(name) for name in names]))
        except redis.RedisError as error:
            raise Unavailable(f"the states of streams cannot be read: {error}") from error
        return {name: state for name, text in zip(names, texts, strict=True) if text and (state := _parsed(text))}

    def clear(self, names: Sequence[str]) -> None:
        """Forget states at once, as their watcher ends.

        Raises:
            Unavailable: the server does not answer.
        """
        try:
            self._redis.delete(*(_key(name) for name in names))
        except redis.RedisError as error:
            raise Unavailable(f"the states of streams cannot be cleared: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()


def _key(name: str) -> str:
    return f"meic:stream:{name}"


def _parsed(text: bytes) -> StreamState | None:
    try:
        fields: Any = json.loads(text)
        return from_json(fields)
    except ValueError:
        return None  # of another release: as good as none
