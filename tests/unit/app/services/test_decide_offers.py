import pytest

from app.domain.errors import ChainUnavailable, Overtaken
from app.domain.halts import Scope
from app.domain.ledger import Generation, NewGeneration
from app.domain.money import NANOCENTS_PER_DOLLAR
from app.domain.offers import Level, desired_stack
from app.services.decide_offers import Decision, decide_offers, lagging_exchanges
from app.services.issue_sales import issue_sales
from tests.fakes.signer import FakeSigner
from tests.unit.app.services.issuing import POLICY
from tests.unit.app.services.ledgers import NDAU
from tests.unit.app.services.publishing import DEPTHS, KEY, NAME, Publishing


def newest_stack(publishing: Publishing) -> tuple[Level, ...]:
    newest = publishing.ledger.offers.generation()
    assert newest is not None
    return newest.stack


def issue(publishing: Publishing) -> None:
    issue_sales(publishing.ledger, publishing.chain, FakeSigner([KEY]), publishing.clock, POLICY)


def test_the_first_decision_is_pushed_everywhere_and_deep_enough_for_all(publishing: Publishing) -> None:
    publishing.chain.issue_elsewhere(1_500 * NDAU)
    decision = decide_offers(publishing.ledger, publishing.chain, {"north": 3, "south": 5}, why="first")
    assert decision == Decision(1, ("north", "south"))
    newest = publishing.ledger.offers.generation()
    assert newest is not None
    assert newest.stack == desired_stack(1_500 * NDAU, 5)
    assert (newest.why, newest.issued_napu, newest.foreign_napu) == ("first", 1_500 * NDAU, 1_500 * NDAU)


def test_what_is_unchanged_and_shown_is_decided_and_pushed_no_more(publishing: Publishing) -> None:
    publishing.publish()
    assert publishing.decide() == Decision(1, ())


def test_what_is_unchanged_but_not_shown_is_pushed_where_it_is_not(publishing: Publishing) -> None:
    publishing.decide()
    assert publishing.decide() == Decision(1, (NAME,))
    publishing.publish()
    publishing.ledger.offers.published(NAME, None, "something went wrong")
    assert publishing.decide() == Decision(1, (NAME,))


def test_everywhere_names_all_exchanges(publishing: Publishing) -> None:
    publishing.publish()
    assert publishing.decide().everywhere({"north": 3, "south": 1}) == Decision(1, ("north", "south"))


def test_sales_and_what_others_issue_raise_the_stack(publishing: Publishing) -> None:
    publishing.publish()
    publishing.sell_elsewhere(300 * NDAU)
    assert publishing.decide() == Decision(2, (NAME,))
    assert newest_stack(publishing) == desired_stack(300 * NDAU, 3)
    publishing.chain.issue_elsewhere(900 * NDAU)
    # Until the issuer has looked whose it was, it may be one of ours that the ledger has forgotten.
    assert publishing.decide() == Decision(3, (NAME,), has_unknown_issues=True)
    assert newest_stack(publishing) == desired_stack(900 * NDAU, 3)
    issue(publishing)
    assert publishing.decide() == Decision(4, (NAME,))
    assert newest_stack(publishing) == desired_stack(1_200 * NDAU, 3)


@pytest.mark.parametrize("is_applied", [True, False])
def test_an_issuance_on_its_way_is_counted_once(publishing: Publishing, is_applied: bool) -> None:
    publishing.publish()
    publishing.sell_elsewhere(30 * NDAU)
    publishing.decide()
    publishing.chain.fail_next("submit_issue", ChainUnavailable("away"), after_effect=is_applied)
    issue(publishing)
    assert publishing.chain.supply().issued_napu == (30 * NDAU if is_applied else 0)
    assert publishing.decide().generation == 2
    issue(publishing)
    assert publishing.ledger.fills.totals().waiting_napu == 0
    assert publishing.decide().generation == 2
    assert newest_stack(publishing) == desired_stack(30 * NDAU, 3)


def test_a_generation_remembers_what_was_pending(publishing: Publishing) -> None:
    publishing.sell_elsewhere(30 * NDAU)
    issue(publishing)
    publishing.sell_elsewhere(12 * NDAU)
    decide_offers(publishing.ledger, publishing.chain, DEPTHS, why="test")
    newest = publishing.ledger.offers.generation()
    assert newest is not None
    assert (newest.issued_napu, newest.pending_napu, newest.sold_napu) == (30 * NDAU, 12 * NDAU, 42 * NDAU)


def test_a_new_exchange_wants_the_stack_though_it_did_not_change(publishing: Publishing) -> None:
    publishing.publish()
    decision = decide_offers(publishing.ledger, publishing.chain, {NAME: 3, "west": 3}, why="test")
    assert decision == Decision(2, (NAME, "west"))
    wanted = {each.exchange: each.wanted for each in publishing.ledger.offers.publications()}
    assert wanted == {NAME: 2, "west": 2}


def test_a_deeper_stack_is_a_new_decision(publishing: Publishing) -> None:
    publishing.publish()
    assert decide_offers(publishing.ledger, publishing.chain, {NAME: 4}, why="test") == Decision(2, (NAME,))


def test_a_price_that_would_fall_halts_publishing_and_keeps_what_is_offered(publishing: Publishing) -> None:
    publishing.publish()
    wrong = tuple(Level(level.price_nanocents + NANOCENTS_PER_DOLLAR, level.quantity_napu) for level in publishing.due)
    publishing.ledger.offers.decide(NewGeneration(0, 0, 0, 0, wrong, "a wrong figure", (NAME,)))
    decision = publishing.decide()
    assert (decision.generation, decision.exchanges) == (2, ())
    assert decision.waiting.startswith("level 0 would fall from $2 to $1; the curve never falls")
    (halt,) = publishing.ledger.halts.active()
    assert (halt.scope, halt.exchange, halt.who) == (Scope.PUBLISHING, None, "publisher")
    assert halt.why == decision.waiting
    assert newest_stack(publishing) == wrong


def test_a_node_that_is_behind_lowers_nothing(publishing: Publishing, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = publishing.chain.supply()
    publishing.chain.issue_elsewhere(2_500 * NDAU)
    publishing.publish()
    monkeypatch.setattr(publishing.chain, "supply", lambda: behind)
    assert publishing.decide() == Decision(1, ())
    assert publishing.ledger.halts.active() == []


def test_halted_publishing_decides_nothing(publishing: Publishing) -> None:
    publishing.chain.is_unavailable = True
    publishing.ledger.halts.halt(Scope.PUBLISHING, None, who="ann", why="maintenance")
    assert publishing.decide() == Decision(0, (), "publishing is halted by ann: maintenance")
    assert publishing.ledger.offers.generation() is None


def test_a_halt_of_one_exchange_stops_no_decision(publishing: Publishing) -> None:
    publishing.ledger.halts.halt(Scope.PUBLISHING, NAME, who="ann", why="maintenance")
    assert publishing.decide() == Decision(1, (NAME,))


def test_a_chain_that_does_not_answer_leaves_everything_as_it_is(publishing: Publishing) -> None:
    publishing.publish()
    publishing.chain.is_unavailable = True
    with pytest.raises(ChainUnavailable):
        publishing.decide()
    assert publishing.ledger.offers.generation() == publishing.ledger.offers.generation(1)


def test_lagging_exchanges_are_those_that_do_not_show_the_newest_decision(publishing: Publishing) -> None:
    depths = {NAME: 3, "south": 3}
    assert lagging_exchanges(publishing.ledger, depths) == Decision(0, ())
    decide_offers(publishing.ledger, publishing.chain, depths, why="test")
    assert lagging_exchanges(publishing.ledger, depths) == Decision(1, (NAME, "south"))
    publishing.push()
    assert lagging_exchanges(publishing.ledger, depths) == Decision(1, ("south",))
    assert lagging_exchanges(publishing.ledger, DEPTHS) == Decision(1, ())


def test_who_is_overtaken_while_deciding_decides_anew_on_what_is_known_by_then(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.publish()
    publishing.chain.issue_elsewhere(100 * NDAU)
    store, waiting = publishing.ledger.offers.decide, ["one that overtakes"]

    def decide(generation: NewGeneration, *, newest_known: int | None = None) -> Generation:
        if waiting:
            waiting.pop()
            publishing.chain.issue_elsewhere(900 * NDAU)
            publishing.decide("overtaking")
        return store(generation, newest_known=newest_known)

    monkeypatch.setattr(publishing.ledger.offers, "decide", decide)
    assert publishing.decide() == Decision(2, (NAME,), has_unknown_issues=True)
    newest = publishing.ledger.offers.generation()
    assert newest is not None
    assert (newest.why, newest.issued_napu) == ("overtaking", 1_000 * NDAU)


def test_who_is_overtaken_again_and_again_pushes_what_the_others_decided(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.decide()
    publishing.chain.issue_elsewhere(NDAU)

    def decide(_generation: NewGeneration, *, newest_known: int | None = None) -> Generation:
        raise Overtaken(f"{newest_known} is no longer the newest")

    monkeypatch.setattr(publishing.ledger.offers, "decide", decide)
    assert publishing.decide() == Decision(1, (NAME,))
