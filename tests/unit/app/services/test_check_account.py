import pytest

from app.domain.balances import Permissions
from app.domain.offers import Level
from app.services.check_account import account_problems
from tests.fakes.ots import FakeOts

WANTED = 3000 * 10**8


def test_an_account_that_can_do_what_is_wanted_has_no_problem() -> None:
    assert list(account_problems(FakeOts(), WANTED)) == []


def test_what_stands_on_offer_already_counts_as_held() -> None:
    ots = FakeOts()
    ots.holds_napu = WANTED
    ots.place_offer("ours", Level(10**11, WANTED))
    assert list(account_problems(ots, WANTED)) == []


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        (Permissions(can_trade=False, can_withdraw=False), "may not trade"),
        (Permissions(can_trade=True, can_withdraw=True), "may withdraw"),
    ],
)
def test_a_key_that_may_too_little_or_too_much_is_told(permissions: Permissions, words: str) -> None:
    ots = FakeOts()
    ots.key_permissions = permissions
    (problem,) = account_problems(ots, WANTED)
    assert words in problem


def test_too_few_tokens_for_the_stack_are_told_in_numbers() -> None:
    ots = FakeOts()
    ots.holds_napu = 2500 * 10**8
    (problem,) = account_problems(ots, WANTED)
    assert problem.startswith("the account holds 2500 ndau and should offer 3000:")
