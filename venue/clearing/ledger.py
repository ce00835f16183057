"""Double entry: every posting takes from one account exactly what it gives to another.

Each asset's balances therefore sum to zero at every moment, with the genesis account, the only one that may be below
zero, as the counter-account of everything that was ever deposited.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from venue.amounts import decimal_from
from venue.errors import InsufficientFunds

GENESIS = "venue:genesis"
"""The counter-account of deposits; its available balance is minus everything deposited."""

FEES = "venue:fees"
"""Where makers' and takers' fees go."""


class LedgerBroken(Exception):
    """A posting would have taken more than there is: a defect of the venue, which must stop; nothing was posted."""


@dataclass(slots=True)
class Balance:
    """One account's holding of one asset, in units of 10^-12.

    Attributes:
        available: can be spent.
        frozen: set aside for open orders.
    """

    available: int = 0
    frozen: int = 0


class Ledger:
    """All balances of a venue."""

    __slots__ = ("_balances", "_deposits")

    def __init__(self) -> None:
        self._balances: dict[tuple[str, str], Balance] = {}
        self._deposits: set[str] = set()

    def balance(self, account: str, asset: str) -> Balance:
        """Return an account's balance of an asset, creating an empty one."""
        balance = self._balances.get((account, asset))
        if balance is None:
            balance = self._balances[account, asset] = Balance()
        return balance

    def balances(self) -> Iterator[tuple[str, str, Balance]]:
        """Yield (account, asset, balance) of every balance there is, sorted by account and asset."""
        for (account, asset), balance in sorted(self._balances.items()):
            yield account, asset, balance

    def has_deposit(self, key: str) -> bool:
        """Tell whether the deposit of this idempotency key was credited."""
        return key in self._deposits

    def deposit(self, key: str, account: str, asset: str, amount: int) -> None:
        """Credit an account from genesis; the same key again changes nothing."""
        if key in self._deposits:
            return
        self._deposits.add(key)
        self.balance(GENESIS, asset).available -= amount
        self.balance(account, asset).available += amount

    def freeze(self, account: str, asset: str, amount: int) -> None:
        """Set an available amount aside.

        Raises:
            InsufficientFunds: less is available; nothing was posted.
        """
        balance = self.balance(account, asset)
        if balance.available < amount:
            raise InsufficientFunds(
                f"insufficient {asset}: the order needs {decimal_from(amount):f},"
                f" available are {decimal_from(balance.available):f}"
            )
        balance.available -= amount
        balance.frozen += amount

    def release(self, account: str, asset: str, amount: int) -> None:
        """Make a frozen amount available again.

        Raises:
            LedgerBroken: less is frozen.
        """
        balance = self._holding(account, asset, amount)
        balance.frozen -= amount
        balance.available += amount

    def settle(self, payer: str, payee: str, asset: str, amount: int, fee: int) -> None:
        """Pay a frozen amount to another account, less the fee, which goes to the fee account.

        Raises:
            LedgerBroken: less is frozen, or the fee is above the amount.
        """
        if not 0 <= fee <= amount:
            raise LedgerBroken(f"a fee of {fee} units on {amount} units of {asset}")
        self._holding(payer, asset, amount).frozen -= amount
        self.balance(payee, asset).available += amount - fee
        if fee:
            self.balance(FEES, asset).available += fee

    def _holding(self, account: str, asset: str, amount: int) -> Balance:
        balance = self.balance(account, asset)
        if not 0 <= amount <= balance.frozen:
            raise LedgerBroken(f"{account} has {balance.frozen} units of {asset} frozen, {amount} are to be taken")
        return balance
