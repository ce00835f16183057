"""The calls about the calling account: balances, trades, what its key may do."""

from zlib import crc32

from venue.config import AccountConfig
from venue.gateway.binance import amounts
from venue.gateway.binance.call import Call, Json, weighs
from venue.gateway.binance.parameters import Parameters
from venue.gateway.binance.ranges import asked_trades
from venue.gateway.binance.symbols import Symbols, name_of
from venue.gateway.binance.trade_answers import own_trade_answer
from venue.service import Venue

_DEFAULT_TRADES, _MOST_TRADES = 500, 1000
_MILLIONTHS_PER_BASIS_POINT = 100
_UNITS_PER_MILLIONTH = 10**6


class AccountCalls:
    """The calls about the account."""

    def __init__(self, venue: Venue, symbols: Symbols) -> None:
        self._venue = venue
        self._symbols = symbols
        self._accounts = {account.id: account for account in venue.config.accounts}

    def calls(self) -> list[Call]:
        """Return them, with Binance's weights."""
        return [
            Call("GET", "/api/v3/account", self._account, weighs(20), "account.status", "read"),
            Call("GET", "/api/v3/myTrades", self._trades, _weight_of_trades, "myTrades", "read"),
            Call("GET", "/sapi/v1/account/apiRestrictions", self._restrictions, weighs(1), None, "read"),
            Call("GET", "/sapi/v1/asset/tradeFee", self._trade_fees, weighs(1), None, "read"),
            Call("GET", "/sapi/v1/capital/config/getall", self._nothing, weighs(10), None, "read"),
            Call("GET", "/sapi/v1/margin/allPairs", self._nothing, weighs(1)),
            Call("GET", "/sapi/v1/margin/isolated/allPairs", self._nothing, weighs(10), None, "read"),
        ]

    async def _account(self, account: str, parameters: Parameters) -> Json:
        exchange = self._venue.exchange
        maker, taker = exchange.fees.maker_millionths, exchange.fees.taker_millionths
        balances = [(asset, exchange.balance(account, asset)) for asset in exchange.assets()]
        if parameters.get("omitZeroBalances") == "true":
            balances = [(asset, balance) for asset, balance in balances if balance.available or balance.frozen]
        may = self._accounts[account].permissions
        return {
            "makerCommission": maker // _MILLIONTHS_PER_BASIS_POINT,
            "takerCommission": taker // _MILLIONTHS_PER_BASIS_POINT,
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": {
                "maker": _rate(maker),
                "taker": _rate(taker),
                "buyer": amounts.ZERO,
                "seller": amounts.ZERO,
            },
            "canTrade": "trade" in may,
            "canWithdraw": "withdraw" in may,
            "canDeposit": False,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": exchange.last_at_ms,
            "accountType": "SPOT",
            "balances": [
                {"asset": asset, "free": amounts.text(balance.available), "locked": amounts.text(balance.frozen)}
                for asset, balance in balances
            ],
            "permissions": ["SPOT"],
            "uid": crc32(account.encode()),
        }

    async def _trades(self, account: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        trades = asked_trades(listing.history(account).trades, parameters, _DEFAULT_TRADES, _MOST_TRADES)
        return [own_trade_answer(listing.market, trade) for trade in trades]

    async def _restrictions(self, account: str, _: Parameters) -> Json:
        return restrictions(self._accounts[account])

    async def _trade_fees(self, _: str, parameters: Parameters) -> Json:
        fees = self._venue.exchange.fees
        listings = [self._symbols.asked(parameters)] if "symbol" in parameters else list(self._symbols)
        return [
            {
                "symbol": name_of(listing.market),
                "makerCommission": _rate(fees.maker_millionths),
                "takerCommission": _rate(fees.taker_millionths),
            }
            for listing in listings
        ]

    async def _nothing(self, _: str, __: Parameters) -> Json:
        # Neither deposits nor withdrawals, and no margin: clients ask before they trade.
        return []


def restrictions(account: AccountConfig) -> dict[str, Json]:
    """Return what an account's key may do."""
    return {
        "ipRestrict": False,
        "createTime": 0,
        "enableReading": "read" in account.permissions,
        "enableSpotAndMarginTrading": "trade" in account.permissions,
        "enableWithdrawals": "withdraw" in account.permissions,
        "enableInternalTransfer": False,
        "permitsUniversalTransfer": False,
        "enableMargin": False,
        "enableFutures": False,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
    }


def _rate(millionths: int) -> str:
    return amounts.text(millionths * _UNITS_PER_MILLIONTH)


def _weight_of_trades(parameters: Parameters) -> int:
    return 5 if "orderId" in parameters else 20
