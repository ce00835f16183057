from app.domain.errors import OutcomeUnknown
from app.domain.halts import Scope
from app.domain.issuances import IssuanceState
from app.domain.ledger import OfferState
from app.domain.price_curve import target_price
from app.services.issue_sales import issue_sales
from app.services.overview import overview
from tests.fakes.signer import FakeSigner
from tests.unit.app.services.issuing import POLICY
from tests.unit.app.services.ledgers import NDAU
from tests.unit.app.services.publishing import KEY, NAME, Publishing


def issue(publishing: Publishing) -> None:
    issue_sales(publishing.ledger, publishing.chain, FakeSigner([KEY]), publishing.clock, POLICY)


def test_an_empty_ledger_has_no_price_and_nothing_to_settle(publishing: Publishing) -> None:
    seen = overview(publishing.ledger)
    assert (seen.generation, seen.basis_napu, seen.price_nanocents, seen.open_issuance) == (None, None, None, None)
    assert (seen.exchanges, seen.sales, seen.issuances, seen.halts) == ((), (), (), ())
    assert seen.is_settled


def test_the_price_is_due_for_all_that_is_issued_and_sold(publishing: Publishing) -> None:
    publishing.chain.issue_elsewhere(1_500 * NDAU)
    publishing.publish()
    publishing.sell_elsewhere(700 * NDAU)
    seen = overview(publishing.ledger)
    assert seen.basis_napu == 2_200 * NDAU
    assert seen.price_nanocents == target_price(2_200 * NDAU)


def test_it_is_settled_when_all_is_issued_and_every_exchange_is_current(publishing: Publishing) -> None:
    publishing.publish()
    assert overview(publishing.ledger).is_settled
    publishing.sell_elsewhere(70 * NDAU)
    assert not overview(publishing.ledger).is_settled
    issue(publishing)
    assert overview(publishing.ledger).is_settled
    publishing.decide()
    assert not overview(publishing.ledger).is_settled
    publishing.push()
    assert overview(publishing.ledger).is_settled
    publishing.ledger.offers.published(NAME, None, "away")
    (exchange,) = overview(publishing.ledger).exchanges
    assert not exchange.is_current
    assert exchange.publication.error == "away"


def test_offers_stand_by_price_and_those_never_seen_are_left_out(publishing: Publishing) -> None:
    publishing.ots.fail_next("place_offer", OutcomeUnknown("timeout"))
    publishing.publish()
    (exchange,) = overview(publishing.ledger).exchanges
    assert [offer.state for offer in exchange.offers] == [OfferState.OPEN]
    publishing.publish_until_done()
    (exchange,) = overview(publishing.ledger).exchanges
    prices = [offer.level.price_nanocents for offer in exchange.offers]
    assert prices == sorted(prices) == [level.price_nanocents for level in publishing.due]


def test_the_newest_sales_and_issuances_stand_first_and_no_more_than_asked_for(publishing: Publishing) -> None:
    for quantity in (1, 2, 3):
        publishing.clock.wait(1)
        publishing.sell_elsewhere(quantity)
        issue(publishing)
    seen = overview(publishing.ledger, limit=2)
    assert [(name, fill.quantity_napu, kind) for name, fill, kind in seen.sales] == [
        ("south", 3, "sale"),
        ("south", 2, "sale"),
    ]
    assert [issuance.quantity_napu for issuance in seen.issuances] == [3, 2]


def test_what_is_open_and_what_is_halted_is_seen(publishing: Publishing) -> None:
    publishing.sell_elsewhere(1)
    publishing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
    issue(publishing)
    publishing.ledger.halts.halt(Scope.ISSUING, None, who="ann", why="maintenance")
    seen = overview(publishing.ledger)
    assert seen.open_issuance is not None
    assert seen.open_issuance.state is IssuanceState.SUBMITTED
    assert [halt.why for halt in seen.halts] == ["maintenance"]
