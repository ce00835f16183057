"""The section about the console."""

from pydantic import Field

from app.settings.fields import Section


class ConsoleSettings(Section):
    """Where operators' browsers and scripts reach the coordinator, and for how long they stay logged in."""

    host: str = "127.0.0.1"
    port: int = Field(default=7370, ge=1, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    session_hours: float = Field(default=12.0, gt=0, le=168)
    idle_minutes: float = Field(default=30.0, gt=0, le=1440)
    update_keys: tuple[str, ...] = ()
