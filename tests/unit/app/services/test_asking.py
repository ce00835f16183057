import pytest

from app.domain.errors import InvalidInput
from app.domain.halts import Scope
from app.services.asking import POLL_ASKED, PULL_ASKED, ask, asked, who_pulls
from tests.unit.app.services.issuing import Issuing


def test_what_is_asked_is_found_again_by_its_events_number_alone(issuing: Issuing) -> None:
    number = ask(issuing.ledger, PULL_ASKED, "north", who="ann", why="odd")
    found = asked(issuing.ledger, PULL_ASKED, number)
    assert (found.number, found.subject, found.who, found.why) == (number, "north", "ann", "odd")
    assert found.at == issuing.clock.now()


def test_an_event_of_another_kind_and_one_that_is_not_there_are_no_asks(issuing: Issuing) -> None:
    number = ask(issuing.ledger, POLL_ASKED, "north", who="ann", why="odd")
    for wrong in (number, number + 1):
        with pytest.raises(InvalidInput, match=f"event {wrong} is no PullAsked; expected the number of one"):
            asked(issuing.ledger, PULL_ASKED, wrong)


def test_offers_are_pulled_for_whoever_asked_and_else_for_whoever_halted_publishing_there(issuing: Issuing) -> None:
    issuing.ledger.halts.halt(Scope.PUBLISHING, "south", who="bob", why="elsewhere")
    issuing.ledger.halts.halt(Scope.PUBLISHING, "north", who="clock", why="late")
    number = ask(issuing.ledger, PULL_ASKED, "north", who="ann", why="odd")
    assert who_pulls(issuing.ledger, "north", number) == ("ann", "odd")
    assert who_pulls(issuing.ledger, "north", None) == ("clock", "late")
    assert who_pulls(issuing.ledger, "west", None) == ("nobody", "publishing is not halted")


def test_an_ask_about_one_exchange_pulls_from_no_other(issuing: Issuing) -> None:
    number = ask(issuing.ledger, PULL_ASKED, "north", who="ann", why="odd")
    with pytest.raises(InvalidInput, match="asks to pull offers from north, not from south"):
        who_pulls(issuing.ledger, "south", number)
