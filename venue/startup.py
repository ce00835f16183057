"""Bringing a venue up from its journal and its configuration."""

from venue.amounts import units_from
from venue.commands import Command, Deposit, ListMarket, SetFees, decoded, encoded
from venue.config import AccountConfig, MarketConfig, VenueConfig
from venue.errors import InvalidSetting
from venue.exchange import Exchange
from venue.journal.journal import open_journal
from venue.markets import market_from
from venue.service import Clock, Venue, system_clock

JOURNAL_NAME = "journal"


def open_venue(config: VenueConfig, clock: Clock = system_clock) -> Venue:
    """Bring a venue back to where its journal ends, then list new markets and credit new accounts.

    Raises:
        InvalidSetting: a market's rules differ from those it was listed with, or another process runs this venue.
        JournalDamaged: the journal is damaged before its end.
    """
    exchange = Exchange()
    journal = open_journal(config.state_directory / JOURNAL_NAME, lambda record: _replay(exchange, record))
    try:
        commands = _missing(config, exchange, clock)
        for command in commands:
            exchange.apply(command)
        if commands:
            journal.append([encoded(command) for command in commands])
        return Venue(config, exchange, journal, clock)
    except BaseException:
        journal.close()
        raise


def _replay(exchange: Exchange, record: bytes) -> None:
    exchange.apply(decoded(record))


def _missing(config: VenueConfig, exchange: Exchange, clock: Clock) -> list[Command]:
    """Return the commands that bring a replayed exchange to what the configuration says."""
    at_ms = max(clock(), exchange.last_at_ms)
    commands: list[Command] = [_listing(market, at_ms) for market in config.markets if _is_new(market, exchange)]
    fees = config.fees
    if (fees.maker_millionths, fees.taker_millionths) != (
        exchange.fees.maker_millionths,
        exchange.fees.taker_millionths,
    ):
        commands.append(SetFees(at_ms, fees.maker_millionths, fees.taker_millionths))
    for account in config.accounts:
        commands += _deposits(account, exchange, at_ms)
    return commands


def _is_new(market: MarketConfig, exchange: Exchange) -> bool:
    wanted = market_from(**market.model_dump())
    listing = exchange.listings.get(wanted.symbol)
    if listing is not None and listing.market != wanted:
        raise InvalidSetting(
            f"market {wanted.symbol}: tick, step and minimum cannot change once it is listed; it has {listing.market}"
        )
    return listing is None


def _listing(market: MarketConfig, at_ms: int) -> ListMarket:
    return ListMarket(
        at_ms,
        market.base,
        market.quote,
        market.price_tick,
        market.quantity_step,
        market.minimum_quantity,
        market.minimum_notional,
    )


def _deposits(account: AccountConfig, exchange: Exchange, at_ms: int) -> list[Deposit]:
    wanted = [
        Deposit(at_ms, f"genesis/{account.id}/{asset}", account.id, asset, units_from(amount, f"deposit of {asset}"))
        for asset, amount in account.deposits.items()
    ]
    return [deposit for deposit in wanted if deposit.amount and not exchange.ledger.has_deposit(deposit.key)]
