"""What can go wrong on a venue, by what the caller does next.

VenueError
├── InvalidSetting     a person corrects the configuration; the venue did not start
├── JournalDamaged     a person restores the journal; the venue did not start and changed nothing
├── Stopped            the venue cannot write any more; whether the command survives is known after a restart
└── Refused            the trader's command was refused and nothing changed; the message is for the trader
    ├── InvalidRequest      it breaks a rule of the market
    ├── NotFound            there is no such market or order of this account
    ├── InsufficientFunds   the account has less available than it needs
    ├── OrderNotOpen        the order is filled or cancelled already
    ├── DuplicateOrder      the account has an open order of this client order id
    └── WouldTrade          an order that must rest would trade at once

A gateway maps these to the errors of its protocol.
"""


class VenueError(Exception):
    """The root of every error that a venue raises on purpose."""


class InvalidSetting(VenueError):
    """A setting is wrong or contradicts what the journal holds; the message names it and says what is expected."""


class JournalDamaged(VenueError):
    """The journal is damaged somewhere before its end; the message says at which byte."""


class Stopped(VenueError):
    """The venue has stopped accepting commands: writing its journal failed, or it is being closed."""


class Refused(VenueError):
    """A command was refused; nothing changed."""


class InvalidRequest(Refused):
    """A price, quantity or other argument breaks a rule."""


class NotFound(Refused):
    """No such market, or no such order of this account."""


class InsufficientFunds(Refused):
    """The account has less available than the order needs."""


class OrderNotOpen(Refused):
    """The order is filled or cancelled, so it cannot be cancelled."""


class DuplicateOrder(Refused):
    """The account has an open order of the same client order id."""


class WouldTrade(Refused):
    """An order that must rest would trade at once."""
