"""What can go wrong, by what the caller does next.

    MeicError
    ├── InvalidInput            a person corrects a setting, a file or an argument; nothing was done
    ├── Unavailable             try again later; nothing was done
    │   ├── ExchangeUnavailable
    │   ├── ChainUnavailable
    │   ├── SignerUnavailable
    │   └── RateLimited         try again after `retry_after_seconds`
    │       └── BudgetSpent     the same; the exchange was not even asked
    ├── Rejected                stop and tell a person; the other side refused it for good
    │   ├── ExchangeRejected
    │   │   └── OrderUnknown    it never had that order, or has forgotten it: exchanges forget what was never filled
    │   ├── ChainRejected
    │   │   └── SequencePassed  look up whether it was this transaction or another
    │   ├── SignerRefused
    │   └── AuthenticationFailed
    ├── OutcomeUnknown          look up whether it was done; never send it again blindly
    ├── LeaseLost               another process took over; leave everything as it is
    └── Overtaken               another process decided first; look again and decide anew

An adapter maps foreign errors to these once, at its edge, with ``raise ... from``.
"""


class MeicError(Exception):
    """The root of every error this project raises on purpose."""


class InvalidInput(MeicError):
    """A setting, key file, amount or argument is wrong; the message names it and says what is expected."""


class Unavailable(MeicError):
    """The other side could not be reached or could not answer; nothing was done, so it can be tried again."""


class ExchangeUnavailable(Unavailable):
    """An exchange did not answer, or answered with something that is no answer."""


class ChainUnavailable(Unavailable):
    """The blockchain's node did not answer, or answered with something that is no answer."""


class SignerUnavailable(Unavailable):
    """The signing service is not connected or did not answer; asking it for the same signature again is safe."""


class RateLimited(Unavailable):
    """Fewer calls are asked for, by an exchange or, of who failed to log in, by the console."""

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BudgetSpent(RateLimited):
    """The call would be one too many by what we know; it was not made, and says nothing of the exchange's health."""


class Rejected(MeicError):
    """The other side understood and refused, with definite evidence that nothing was done."""


class ExchangeRejected(Rejected):
    """An exchange refused an order or a request, in its own words."""


class OrderUnknown(ExchangeRejected):
    """An exchange knows no such order, or not any more."""


class ChainRejected(Rejected):
    """The blockchain refused a transaction, in its own words."""


class SequencePassed(ChainRejected):
    """The account has used this sequence or a later one: by this very transaction before, or by another."""


class SignerRefused(Rejected):
    """The signing service refused to sign.

    `code` is one of limit_exceeded, sequence_conflict, unknown_key, bad_request, halted.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class AuthenticationFailed(Rejected):
    """The other side does not accept our credentials; a person mends the key file."""


class OutcomeUnknown(MeicError):
    """A request that changes something was sent and its fate is not known: look it up, never send it again blindly."""


class Overtaken(MeicError):
    """Another process decided in the meantime; what was decided here rests on old figures and was not stored."""


class LeaseLost(MeicError):
    """Another process holds the lease by now; whatever this one was about to write must not be written."""
