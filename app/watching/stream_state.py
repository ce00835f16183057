"""How a stream is, for people to see."""

from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StreamState:
    """One exchange's stream.

    Attributes:
        since: when it went up or down.
        last_event_at: when it last told of a trade; None before the first.
        reconnects: how often it was connected again since the watcher started.
        problem: why it is down; "" while it is up.
    """

    name: str
    is_up: bool
    since: datetime
    last_event_at: datetime | None = None
    reconnects: int = 0
    problem: str = ""

    def words(self) -> str:
        """Return it as a line for an operator."""
        heard = f"last event {_moment(self.last_event_at)}" if self.last_event_at else "no event yet"
        how = "up" if self.is_up else "DOWN"
        why = f": {self.problem}" if self.problem else ""
        return f"stream of {self.name} {how} since {_moment(self.since)}, {heard}, {self.reconnects} reconnects{why}"

    def as_json(self) -> dict[str, object]:
        """Return it with its times as ISO 8601."""
        last = self.last_event_at.isoformat() if self.last_event_at else None
        return asdict(self) | {"since": self.since.isoformat(), "last_event_at": last}


def from_json(fields: dict[str, object]) -> StreamState:
    """Return what `as_json` made a dict of.

    Raises:
        ValueError: it did not; another release may have.
    """
    try:
        last = fields["last_event_at"]
        return StreamState(
            name=str(fields["name"]),
            is_up=fields["is_up"] is True,
            since=datetime.fromisoformat(str(fields["since"])),
            last_event_at=datetime.fromisoformat(str(last)) if last else None,
            reconnects=int(str(fields["reconnects"])),
            problem=str(fields["problem"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no state of a stream: {error}") from error


def _moment(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M:%S}"
