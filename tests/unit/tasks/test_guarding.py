from types import SimpleNamespace

import pytest

from tasks import guarding


@pytest.mark.parametrize(
    ("newest", "rung"),
    [
        (None, [("tasks.polling.poll_exchange", "north")]),
        (
            SimpleNamespace(number=7),
            [("tasks.polling.poll_exchange", "north"), ("tasks.offering.push_offers", "north", 7)],
        ),
    ],
)
def test_an_exchange_that_is_back_is_read_first_and_then_shown_the_newest_offers(
    monkeypatch: pytest.MonkeyPatch, newest: object, rung: list[tuple[object, ...]]
) -> None:
    bells: list[tuple[object, ...]] = []
    offers = SimpleNamespace(generation=lambda: newest)
    parts = SimpleNamespace(ledger=SimpleNamespace(offers=offers))
    monkeypatch.setattr(guarding, "coordinator", lambda: parts)
    monkeypatch.setattr(guarding, "ring", lambda *bell: bells.append(bell))
    guarding.follow_up("north")
    assert bells == rung
