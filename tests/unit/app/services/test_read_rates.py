from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest

from app.domain.errors import ExchangeUnavailable, InvalidInput, MeicError
from app.domain.money import parse_dollars
from app.domain.offers import Level
from app.services.push_offers import PushOutcome
from app.services.read_rates import read_rates, set_rate
from tests.unit.app.services.ledgers import NDAU
from tests.unit.app.services.publishing import RULES, Publishing

CENT = 10**9
MARGINS = {"EUR": Fraction(1, 100)}
IN_EUROS = replace(RULES, currency="EUR", rate_limit_seconds=300)


@dataclass
class Source:
    answers: list[int | MeicError] = field(default_factory=list)
    name: str = "kraken EUR/USD"

    def worth_nanocents(self) -> int:
        answer = self.answers.pop(0)
        if isinstance(answer, MeicError):
            raise answer
        return answer


def in_euros(world: Publishing) -> None:
    world.rules = IN_EUROS
    world.ots.after_placing = lambda _: None  # it would compare euros with dollars


def read(world: Publishing, *answers: str | MeicError) -> list[str]:
    values = [parse_dollars(answer) if isinstance(answer, str) else answer for answer in answers]
    source = Source(list(values))
    return [read_rates(world.ledger, {"EUR": source}, MARGINS, world.clock)["EUR"] for _ in answers]


def unit(world: Publishing) -> int:
    rate = world.ledger.rates.find("EUR")
    assert rate is not None
    return rate.unit_nanocents


def kinds(world: Publishing) -> list[str]:
    return [event.kind for event in reversed(world.ledger.events.recent(100)) if event.kind.startswith("Rate")]


def test_a_currency_counts_for_less_than_it_is_worth_and_not_every_move_changes_that(publishing: Publishing) -> None:
    assert read(publishing, "1.08", "1.081", "1.075") == ["1.08", "1.081", "1.075"]
    assert unit(publishing) == parse_dollars("1.0692")
    assert kinds(publishing) == ["RateSet"]
    read(publishing, "1.0691")
    assert unit(publishing) == parse_dollars("1.058409")
    assert kinds(publishing) == ["RateSet", "RateSet"]


def test_a_leap_is_not_believed_until_an_operator_says_it(publishing: Publishing) -> None:
    read(publishing, "1.08")
    (words,) = read(publishing, "0.9")
    assert words == (
        "kraken EUR/USD says that 1 EUR is $0.9, and it was $1.08; if that is right: meic rates set EUR 0.9"
    )
    assert unit(publishing) == parse_dollars("1.0692")
    set_rate(publishing.ledger, "EUR", parse_dollars("0.9"), MARGINS["EUR"], publishing.clock, who="ann", why="it fell")
    assert unit(publishing) == parse_dollars("0.891")
    assert kinds(publishing) == ["RateSet", "RateLeapt", "RateSet"]


def test_a_source_that_does_not_answer_leaves_the_rate_to_grow_old(publishing: Publishing) -> None:
    read(publishing, "1.08")
    before = publishing.ledger.rates.find("EUR")
    publishing.clock.wait(60)
    assert read(publishing, ExchangeUnavailable("it is down")) == ["it is down"]
    assert publishing.ledger.rates.find("EUR") == before


def test_nothing_is_worth_nothing(publishing: Publishing) -> None:
    with pytest.raises(InvalidInput, match="expected above 0"):
        set_rate(publishing.ledger, "EUR", 0, MARGINS["EUR"], publishing.clock, who="ann", why="?")


def test_offers_stand_at_the_target_price_in_the_markets_currency(publishing: Publishing) -> None:
    in_euros(publishing)
    read(publishing, "1.25")
    assert publishing.publish().outcome is PushOutcome.PUBLISHED
    # $1 and $1.001 and $1.002, at $1.2375 a euro.
    assert publishing.offered == (Level(81 * CENT, 3000 * NDAU),)
    offers, generation = publishing.ledger.offers.live_offers("north"), publishing.ledger.offers.generation()
    assert generation is not None
    assert [offer.target_nanocents for offer in offers] == [generation.stack[2].price_nanocents]


def test_without_any_rate_nothing_is_placed(publishing: Publishing) -> None:
    in_euros(publishing)
    report = publishing.publish()
    assert report.outcome is PushOutcome.WAITING
    assert report.message == "no rate of EUR is known yet; `meic rates` shows where it comes from"
    assert publishing.offered == ()


def test_with_an_old_rate_nothing_new_is_placed_and_what_is_too_cheap_is_cancelled(publishing: Publishing) -> None:
    in_euros(publishing)
    read(publishing, "1.25")
    publishing.publish()
    publishing.clock.wait(301)
    publishing.sell_elsewhere(15_000 * NDAU)
    report = publishing.publish()
    assert report.outcome is PushOutcome.WAITING
    assert "older than 300 s; no new offers until there is a newer one" in report.message
    assert publishing.offered == ()
    read(publishing, "1.25")
    assert publishing.publish().outcome is PushOutcome.PUBLISHED
    assert publishing.offered
