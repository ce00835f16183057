"""What `meic status` and `meic doctor` say of streams."""

from rich.markup import escape

from app.alerting.rules_of_parts import StreamTrouble
from app.domain.errors import InvalidInput, Unavailable
from app.settings.settings import Settings
from app.watching.board import StreamBoard, result_url
from app.watching.stream_state import StreamState
from exchanges import registry


def stream_lines(settings: Settings) -> list[str]:
    """Return a line for each exchange that may have a stream, marked up for the terminal; none without any."""
    names = _names(settings)
    try:
        states = _states(settings, names)
    except Unavailable as error:
        return [f"[yellow]{escape(str(error))}[/yellow]"]
    return [_line(name, states.get(name)) for name in names]


def streams_json(settings: Settings) -> dict[str, object]:
    """Return the state of each stream that is watched, by exchange; nothing while nobody can say."""
    try:
        states = _states(settings, _names(settings))
    except Unavailable:
        return {}
    return {name: state.as_json() for name, state in states.items()}


def down_streams(settings: Settings) -> list[StreamTrouble]:
    """Return the streams that are down or not watched.

    Raises:
        Unavailable: where their states are kept does not answer.
    """
    names = _names(settings)
    states = _states(settings, names)
    missing = [StreamTrouble(name, None, f"nobody watches {name}") for name in names if name not in states]
    return missing + [StreamTrouble(each.name, each.since, each.words()) for each in states.values() if not each.is_up]


def check_streams(settings: Settings) -> str:
    """Return how the streams are.

    Raises:
        InvalidInput: one is down or not watched. Polls go on, so nothing is lost but time.
        Unavailable: where their states are kept does not answer.
    """
    names = _names(settings)
    states = _states(settings, names)
    if missing := [name for name in names if name not in states]:
        raise InvalidInput(
            f"nobody watches {', '.join(missing)}; start `meic watch`, or set stream = false there and live with polls"
        )
    if down := [state.words() for state in states.values() if not state.is_up]:
        raise InvalidInput("; ".join(down) + "; it is polled, and connected again by itself")
    return f"{', '.join(names)} up" if names else "no exchange has one"


def _names(settings: Settings) -> list[str]:
    return [
        name
        for name, exchange in settings.enabled_exchanges().items()
        if exchange.stream and registry.may_stream(exchange.driver)
    ]


def _states(settings: Settings, names: list[str]) -> dict[str, StreamState]:
    if not names:
        return {}
    board = StreamBoard(result_url(settings))
    try:
        return dict(board.read(names))
    finally:
        board.close()


def _line(name: str, state: StreamState | None) -> str:
    if state is None:
        return f"[yellow]stream of {escape(name)} is not watched; polls go on[/yellow]"
    words = escape(state.words())
    return words if state.is_up else f"[yellow]{words}[/yellow]"
