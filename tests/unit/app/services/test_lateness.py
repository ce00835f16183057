from dataclasses import replace
from datetime import timedelta

from app.domain.ledger import Publication
from app.services.lateness import LATE_AFTER, behind_since, is_late
from tests.unit.app.services.publishing import Publishing

MOMENT = timedelta(milliseconds=1)


def decided(publishing: Publishing, times: int) -> Publication:
    """Decide so often, a second apart; return what an exchange should show that shows nothing yet."""
    for _ in range(times):
        publishing.sell_elsewhere(1)
        publishing.decide()
        publishing.clock.wait(1)
    return publishing.ledger.offers.publications()[0]


def test_whoever_shows_the_newest_decision_or_has_none_to_show_is_not_behind(publishing: Publishing) -> None:
    publication = decided(publishing, 2)
    for shown in (replace(publication, shown=publication.wanted), replace(publication, wanted=None)):
        assert behind_since(publishing.ledger, shown) is None
        assert not is_late(publishing.ledger, shown, publishing.clock.now() + timedelta(days=1))


def test_it_is_behind_since_the_first_decision_that_it_does_not_show(publishing: Publishing) -> None:
    publication = decided(publishing, 3)
    now = publishing.clock.now()
    assert behind_since(publishing.ledger, publication) == now - timedelta(seconds=3)
    assert publication.wanted is not None
    shown = replace(publication, shown=publication.wanted - 2)
    assert behind_since(publishing.ledger, shown) == now - timedelta(seconds=2)


def test_it_is_late_when_that_is_longer_ago_than_a_publication_takes(publishing: Publishing) -> None:
    publication = replace(decided(publishing, 3), shown=1)
    since = behind_since(publishing.ledger, publication)
    assert since is not None
    assert not is_late(publishing.ledger, publication, since + LATE_AFTER)
    assert is_late(publishing.ledger, publication, since + LATE_AFTER + MOMENT)


def test_a_decision_that_the_ledger_lacks_was_long_ago(publishing: Publishing) -> None:
    publication = replace(decided(publishing, 1), shown=7)
    assert is_late(publishing.ledger, publication, publishing.clock.now())
