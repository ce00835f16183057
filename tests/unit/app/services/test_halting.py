import json

import pytest

from app.domain.errors import InvalidInput
from app.domain.halts import Scope, Stoppable
from app.services.halting import halt, resume
from tests.unit.app.services.issuing import Issuing


def test_all_is_publishing_first_and_then_issuing_and_each_says_who_and_why(issuing: Issuing) -> None:
    halts = halt(issuing.ledger, Stoppable.ALL, None, who="ann", why=" odd ")
    assert [(each.scope, each.exchange, each.who, each.why) for each in halts] == [
        (Scope.PUBLISHING, None, "ann", "odd"),
        (Scope.ISSUING, None, "ann", "odd"),
    ]
    assert halts[0].words() == "publishing is halted since 2026-01-01 00:00:00 UTC by ann: odd"


def test_halting_twice_is_one_halt_of_whoever_was_first(issuing: Issuing) -> None:
    (first,) = halt(issuing.ledger, Stoppable.PUBLISHING, "north", who="ann", why="odd")
    (again,) = halt(issuing.ledger, Stoppable.PUBLISHING, "north", who="bob", why="also")
    assert again == first
    assert first.words().startswith("publishing on north is halted since")


def test_resuming_tells_what_was_not_halted_and_what_still_stops_the_same(issuing: Issuing) -> None:
    halt(issuing.ledger, Stoppable.PUBLISHING, None, who="ann", why="odd")
    halt(issuing.ledger, Stoppable.PUBLISHING, "north", who="bob", why="also")
    resumed = resume(issuing.ledger, Stoppable.ALL, None, who="cid", why="looked")
    assert resumed.lifted == (Scope.PUBLISHING,)
    assert [(each.exchange, each.who) for each in resumed.standing] == [("north", "bob")]
    (event,) = (each for each in issuing.ledger.events.recent(1))
    assert (event.kind, json.loads(event.detail)["who"]) == ("Resumed", "cid")


@pytest.mark.parametrize("what", [Stoppable.ISSUING, Stoppable.ALL])
@pytest.mark.parametrize("act", [halt, resume])
def test_issuing_is_one_for_all_exchanges(issuing: Issuing, act: object, what: Stoppable) -> None:
    with pytest.raises(InvalidInput, match="issuing is one for all exchanges"):
        act(issuing.ledger, what, "north", who="ann", why="odd")  # type: ignore[operator]
    assert not issuing.ledger.halts.history(10)


@pytest.mark.parametrize("act", [halt, resume])
def test_without_a_reason_nothing_is_halted_or_resumed(issuing: Issuing, act: object) -> None:
    before = len(issuing.ledger.events.recent(10))
    with pytest.raises(InvalidInput, match="expected a reason"):
        act(issuing.ledger, Stoppable.ALL, None, who="ann", why=" ")  # type: ignore[operator]
    assert len(issuing.ledger.events.recent(10)) == before
