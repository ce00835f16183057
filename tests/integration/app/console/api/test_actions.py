"""Who may have what done over the API, and what it does."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from app.celery import app as celery_app
from app.domain.access import Role
from app.domain.fills import FillKind
from app.domain.halts import Scope, halt_of
from tasks import guarding, issuing
from tests.integration.app.console.api.world import BY_HAND, NAMES, World

POLL, PUBLISH = "tasks.polling.poll_exchange", "tasks.offering.publish_offers"
ISSUE, PULL, RESOLVE = (
    "tasks.issuing.issue_sales",
    "tasks.guarding.pull_offers",
    "tasks.issuing.resolve_issuance",
)


def kinds_of(world: World) -> dict[str, str]:
    return {fill.fill_id: kind for _, fill, kind in world.ledger.fills.recent(100)}


def halted(world: World) -> list[tuple[str, str | None]]:
    return [(halt.scope, halt.exchange) for halt in world.ledger.halts.active()]


@dataclass(frozen=True)
class Case:
    """One action: what is asked, and how it shows that it was done.

    Attributes:
        kind: of the event that names who and why.
        repeated: how many such events there are when it is asked a second time.
    """

    path: str
    order: dict[str, Any]
    status: int
    kind: str
    repeated: int
    bells: list[str]
    is_done: Callable[[World], bool]


CASES = [
    Case("polls", {"exchange": "north"}, 202, "PollAsked", 2, [POLL], lambda _: True),
    Case("publications", {}, 202, "PublishAsked", 2, [PUBLISH], lambda _: True),
    Case("halts", {"what": "issuing"}, 200, "Halted", 1, [], lambda world: (Scope.ISSUING, None) in halted(world)),
    Case(
        "resumptions",
        {"what": "publishing", "exchange": "south"},
        200,
        "Resumed",
        1,
        [],
        lambda world: not halted(world),
    ),
    Case(
        "pulls",
        {"exchange": "north"},
        202,
        "PullAsked",
        2,
        [PULL],
        lambda world: halt_of(world.ledger.halts.active(), Scope.PUBLISHING, "north") is not None,
    ),
    Case(
        "claims",
        {"exchange": "north", "fill_ids": list(BY_HAND[:2])},
        200,
        "SalesClaimed",
        1,
        [ISSUE, PUBLISH],
        lambda world: {kinds_of(world)[each] for each in BY_HAND[:2]} == {FillKind.SALE},
    ),
    Case(
        "dismissals",
        {"exchange": "north", "fill_ids": [BY_HAND[0]]},
        200,
        "SalesDismissed",
        1,
        [PUBLISH],
        lambda world: kinds_of(world)[BY_HAND[0]] == FillKind.DISMISSED,
    ),
    Case("resolutions", {"issuance_id": 2}, 202, "ResolveAsked", 2, [RESOLVE], lambda _: True),
]


def told(world: World, kind: str, why: str) -> list[str]:
    """Return who did what is noted with this reason."""
    events = [json.loads(event.detail) for event in world.ledger.events.recent(100) if event.kind == kind]
    return [detail["who"] for detail in events if detail["why"] == why]


@pytest.mark.parametrize("case", CASES, ids=[case.path for case in CASES])
def test_every_role_does_what_it_may_and_nothing_else_and_twice_is_no_harm(world: World, case: Case) -> None:
    order = case.order | {"why": "over the API"}
    before = world.ledger.events.recent(1)[0].number
    for role, refused in ((None, 401), (Role.VIEWER, 403)):
        answer = world.by(role).post_json(f"/api/v1/{case.path}", order)
        assert (answer.status, answer.json()["status"]) == (refused, refused)
        assert answer.header("content-type") == "application/problem+json"
    assert world.ledger.events.recent(1)[0].number == before
    assert not world.bells
    for role in (Role.OPERATOR, Role.ADMIN):
        answer = world.by(role).post_json(f"/api/v1/{case.path}", order)
        assert (answer.status, bool(answer.json()["said"])) == (case.status, True)
        assert case.is_done(world)
    by = [NAMES[Role.ADMIN], NAMES[Role.OPERATOR]]
    assert told(world, case.kind, "over the API") == by[-case.repeated :]
    assert [task for task, _ in world.bells] == case.bells * case.repeated


@pytest.mark.parametrize("case", CASES, ids=[case.path for case in CASES])
def test_without_a_reason_nothing_is_done(quiet_world: World, case: Case) -> None:
    world = quiet_world
    before = world.ledger.events.recent(1)[0].number
    for why in ({}, {"why": ""}, {"why": " \n"}, {"why": "x" * 1001}, {"why": "nul \0"}, {"why": "\ud800"}, {"why": 7}):
        answer = world.by(Role.ADMIN).post_json(f"/api/v1/{case.path}", case.order | why)
        assert (answer.status, answer.json()["detail"].startswith("why: ")) == (422, True)
    assert world.ledger.events.recent(1)[0].number == before
    assert not world.bells


@pytest.mark.parametrize(
    ("path", "order", "words"),
    [
        ("polls", {"exchange": "nowhere"}, "'nowhere' is no exchange in use; expected one of: dry, north, south"),
        ("halts", {"what": "issuing", "exchange": "north"}, "issuing is one for all exchanges"),
        ("resumptions", {"what": "all", "exchange": "north"}, "issuing is one for all exchanges"),
        ("halts", {"what": "publishing", "exchange": "nowhere"}, "'nowhere' is no exchange in use"),
        ("pulls", {"exchange": "nowhere"}, "'nowhere' is no exchange in use"),
        ("pulls", {"exchange": "dry"}, "dry is in a dry run"),
        ("claims", {"exchange": "north", "fill_ids": ["none"]}, "north has no fill none in the ledger"),
        ("claims", {"exchange": "nowhere", "fill_ids": [BY_HAND[0]]}, "nowhere has no fill hand/1 in the ledger"),
        ("dismissals", {"exchange": "north", "fill_ids": [BY_HAND[2]]}, "is in issuance 2"),
        ("resolutions", {"issuance_id": 7}, "there is no issuance 7"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_is_not_done(
    quiet_world: World, path: str, order: dict[str, Any], words: str
) -> None:
    world = quiet_world
    before = world.ledger.events.recent(1)[0].number
    answer = world.by(Role.OPERATOR).post_json(f"/api/v1/{path}", order | {"why": "odd"})
    assert (answer.status, answer.json()["status"]) == (422, 422)
    assert words in answer.json()["detail"]
    assert world.ledger.events.recent(1)[0].number == before
    assert not world.bells


def test_offers_are_pulled_from_every_exchange_in_use_that_is_not_in_a_dry_run(world: World) -> None:
    answer = world.by(Role.OPERATOR).post_json("/api/v1/pulls", {"why": "a wrong price"})
    assert answer.json()["said"] == "publishing is halted, and the offers on north, south are cancelled now"
    assert [(task, arguments[0]) for task, arguments in world.bells] == [(PULL, "north"), (PULL, "south")]
    assert (Scope.PUBLISHING, None) in halted(world)


def test_an_exchange_that_is_out_of_use_and_may_have_offers_is_told_of(world: World) -> None:
    exchanges = {name: each for name, each in world.parts.settings.exchanges.items() if name != "south"}
    world.parts.settings = world.parts.settings.model_copy(update={"exchanges": exchanges})
    said = world.by(Role.OPERATOR).post_json("/api/v1/pulls", {"why": "a wrong price"}).json()["said"]
    assert said.startswith(
        "publishing is halted, and the offers on north are cancelled now; offers may be open too on south"
    )
    assert [arguments[0] for _, arguments in world.bells] == ["north"]


def test_the_pull_is_done_for_whoever_asked_although_another_had_halted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "coordinator", lambda: world.parts)
    world.by(Role.ADMIN).post_json("/api/v1/pulls", {"exchange": "south", "why": "it is down"})
    ((_, arguments),) = world.bells
    world.ledger.health.answered("south")
    guarding.pull_offers.run(*arguments)
    assert not world.exchanges["south"].open_orders()
    (event,) = (each for each in world.ledger.events.recent(5) if each.kind == "OffersPulled")
    detail = json.loads(event.detail)
    assert (event.subject, detail["who"], detail["why"]) == ("south", "ada", "it is down")
    assert (detail["still_open"], detail["problem"]) == (0, "")


def test_a_pull_that_cannot_begin_is_told_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "coordinator", lambda: world.parts)
    world.by(Role.ADMIN).post_json("/api/v1/pulls", {"exchange": "north", "why": "odd"})
    ((_, arguments),) = world.bells
    world.ledger.halts.lift(Scope.PUBLISHING, "north", who="bob", why="too soon")
    with pytest.raises(Exception, match="publishing on north is not halted"):
        guarding.pull_offers.run(*arguments)
    (event,) = (each for each in world.ledger.events.recent(5) if each.kind == "OffersPulled")
    detail = json.loads(event.detail)
    assert (detail["who"], detail["still_open"]) == ("ada", len(world.exchanges["north"].open_orders()))
    assert "publishing on north is not halted" in detail["problem"]


def test_what_the_issuer_found_is_an_event_of_the_issuance_that_names_the_ask(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(issuing, "coordinator", lambda: world.parts)
    monkeypatch.setattr(issuing, "ring", lambda task, *_: rung.append(task))
    script = world.by(Role.OPERATOR)
    asked = script.post_json("/api/v1/resolutions", {"issuance_id": 2, "why": "it hangs"}).json()["asked"]
    assert world.bells == [(RESOLVE, (asked,))]
    world.chain.issue_elsewhere(9, sequence=42)
    issuing.resolve_issuance.run(asked)
    assert rung == [ISSUE, PUBLISH]
    answer = next(event for event in world.ledger.events.recent(10) if event.kind == "ResolveAnswered")
    detail = json.loads(answer.detail)
    assert (answer.subject, detail["asked"], detail["who"], detail["was_settled"]) == ("2", asked, "ann", True)
    assert detail["verdict"].startswith("it is void: sequence 42 was used by")
    issuing.resolve_issuance.run(asked)
    assert len(rung) == 2


@pytest.mark.parametrize("case", CASES, ids=[case.path for case in CASES])
def test_without_a_broker_what_was_done_is_told_and_what_was_not_is_a_503(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(celery_app, "send_task", away)
    answer = world.by(Role.OPERATOR).post_json(f"/api/v1/{case.path}", case.order | {"why": "odd"})
    assert case.is_done(world)
    assert told(world, case.kind, "odd") == ["ann"]
    if case.path in ("pulls", "resolutions"):
        assert (answer.status, "ask again" in answer.json()["detail"]) == (503, True)
    elif case.bells:
        assert answer.status == case.status
        assert "no worker could be told (the broker cannot be reached: connection refused)" in answer.json()["said"]
        assert "beat follows when the broker is back" in answer.json()["said"]
    else:
        assert answer.status == case.status
