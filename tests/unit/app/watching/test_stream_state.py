import json
from datetime import UTC, datetime

import pytest

from app.watching.stream_state import StreamState, from_json

UP = StreamState("north", is_up=True, since=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
DOWN = StreamState(
    "south",
    is_up=False,
    since=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    last_event_at=datetime(2026, 1, 2, 3, 4, 4, 123_456, tzinfo=UTC),
    reconnects=7,
    problem="cut",
)


@pytest.mark.parametrize("state", [UP, DOWN])
def test_a_state_survives_json(state: StreamState) -> None:
    assert from_json(json.loads(json.dumps(state.as_json()))) == state


def test_it_is_told_in_one_line() -> None:
    assert UP.words() == "stream of north up since 01-02 03:04:05, no event yet, 0 reconnects"
    assert DOWN.words() == "stream of south DOWN since 01-02 03:04:05, last event 01-02 03:04:04, 7 reconnects: cut"


@pytest.mark.parametrize("fields", [{}, {**UP.as_json(), "since": "yesterday"}, {**UP.as_json(), "reconnects": "many"}])
def test_what_is_no_state_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  which one does not matter to whoever reads the board
        from_json(fields)
