import logging
import threading
from types import SimpleNamespace

import pytest

from app.services.decide_offers import Decision
from app.services.push_offers import PushOutcome, PushReport
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


@pytest.mark.parametrize("number", [1, 9, 10, 11, 25, 100, 1000])
def test_every_exchange_is_pushed_to_once_in_few_messages_of_like_size(number: int) -> None:
    exchanges = [f"exchange_{each}" for each in range(number)]
    shares = offering._shared_out(exchanges)
    assert len(shares) <= 10
    assert sorted(name for share in shares for name in share) == sorted(exchanges)
    assert {len(share) for share in shares} <= {number // len(shares), -(-number // len(shares))}
    assert all(len(share) == 1 for share in shares) == (number <= 10)


def test_none_of_several_waits_for_another_and_one_that_fails_is_told_beside_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together = threading.Barrier(3, timeout=10)

    def push(name: str, _generation: int) -> PushReport:
        together.wait()
        if name == "south":
            raise ValueError("a defect")
        return PushReport(PushOutcome.PUBLISHED)

    monkeypatch.setattr(offering, "_push", push)
    told = offering.push_offers_of_several.run(["north", "south", "west"], 7)
    assert [(each["exchange"], each["outcome"]) for each in told] == [
        ("north", "published"),
        ("south", "failed"),
        ("west", "published"),
    ]


def test_the_end_of_a_fan_out_tells_of_each_exchange_whatever_message_it_was_in(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(offering, "ring", rung.append)
    several = [{"exchange": name, "outcome": "published", "message": ""} for name in ("north", "south")]
    waiting = {"exchange": "west", "outcome": "waiting", "message": "no room"}
    with caplog.at_level(logging.INFO, logger="tasks.offering"):
        offering.offers_published.run([several, waiting], 7)
    assert [record.getMessage() for record in caplog.records] == [
        "generation 7: pushed to 3 exchanges, 1 not done",
        "generation 7: west waiting: no room",
    ]
    assert rung == ["tasks.offering.republish_lagging"]
