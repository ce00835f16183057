from types import SimpleNamespace

import pytest

from app.services.decide_offers import Decision
from tasks import offering


@pytest.mark.parametrize(
    ("exchanges", "left_alone", "pushed"),
    [
        (("north", "south", "west"), {"south"}, ["north", "west"]),
        (("north",), {"north"}, None),
        ((), set(), None),
    ],
)
def test_an_exchange_that_is_left_alone_is_not_pushed_to(
    monkeypatch: pytest.MonkeyPatch, exchanges: tuple[str, ...], left_alone: set[str], pushed: list[str] | None
) -> None:
    sent: list[list[str]] = []

    def chord(header: list[SimpleNamespace], _body: object) -> SimpleNamespace:
        return SimpleNamespace(apply_async=lambda: sent.append([task.args[0] for task in header]))

    breakers = SimpleNamespace(is_left_alone=left_alone.__contains__)
    monkeypatch.setattr(offering, "coordinator", lambda: SimpleNamespace(breakers=breakers))
    monkeypatch.setattr(offering, "group", list)
    monkeypatch.setattr(offering, "chord", chord)
    offering._fan_out(Decision(7, exchanges))
    assert sent == ([] if pushed is None else [pushed])
