import pytest

from venue.clearing.ledger import FEES, GENESIS, Ledger, LedgerBroken
from venue.errors import InsufficientFunds


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.deposit("first", "ann", "USDT", 100)
    return ledger


def holding(ledger: Ledger, account: str, asset: str = "USDT") -> tuple[int, int]:
    balance = ledger.balance(account, asset)
    return balance.available, balance.frozen


def test_a_deposit_comes_from_genesis(ledger: Ledger) -> None:
    assert (holding(ledger, "ann"), holding(ledger, GENESIS)) == ((100, 0), (-100, 0))


def test_a_deposit_with_a_known_key_changes_nothing(ledger: Ledger) -> None:
    ledger.deposit("first", "ann", "USDT", 50)
    assert holding(ledger, "ann") == (100, 0)
    assert ledger.has_deposit("first")
    assert not ledger.has_deposit("second")


def test_freezing_and_releasing_move_within_the_account(ledger: Ledger) -> None:
    ledger.freeze("ann", "USDT", 70)
    assert holding(ledger, "ann") == (30, 70)
    ledger.release("ann", "USDT", 20)
    assert holding(ledger, "ann") == (50, 50)


def test_more_than_is_available_cannot_be_frozen_and_the_message_says_what_is_missing(ledger: Ledger) -> None:
    ledger.freeze("ann", "USDT", 70)
    with pytest.raises(InsufficientFunds, match=r"insufficient USDT: the order needs 0\.000000000031, available are 0"):
        ledger.freeze("ann", "USDT", 31)
    assert holding(ledger, "ann") == (30, 70)


def test_settling_pays_what_was_frozen_less_the_fee(ledger: Ledger) -> None:
    ledger.freeze("ann", "USDT", 70)
    ledger.settle("ann", "bob", "USDT", 60, 6)
    assert [holding(ledger, account) for account in ("ann", "bob", FEES)] == [(30, 10), (54, 0), (6, 0)]


@pytest.mark.parametrize(("amount", "fee"), [(71, 0), (-1, 0), (10, 11), (10, -1)])
def test_a_posting_that_would_break_the_books_is_not_made(ledger: Ledger, amount: int, fee: int) -> None:
    ledger.freeze("ann", "USDT", 70)
    with pytest.raises(LedgerBroken):
        ledger.settle("ann", "bob", "USDT", amount, fee)
    assert [holding(ledger, account) for account in ("ann", "bob", FEES)] == [(30, 70), (0, 0), (0, 0)]


def test_more_than_is_frozen_cannot_be_released(ledger: Ledger) -> None:
    with pytest.raises(LedgerBroken):
        ledger.release("ann", "USDT", 1)
