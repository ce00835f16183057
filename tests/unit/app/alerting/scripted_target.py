"""A target that does as it is told."""

import threading
from dataclasses import dataclass, field

from app.alerting.messages import Message
from app.domain.errors import MeicError


@dataclass
class ScriptedTarget:
    """Notes what it is told; fails as often as there are errors left, and hangs while it is to."""

    is_reminded: bool = True
    errors: list[MeicError] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    attempts: int = 0
    may_answer: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def tell(self, message: Message) -> None:
        self.attempts += 1
        self.may_answer.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.told.append(message)
