"""A signing service with what happens around it: what the contract suite needs to do to any of them."""

from pathlib import Path
from typing import Protocol

from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey
from app.ports.signer import Signer
from app.signing.policy import Limits
from tests.fakes.signer import FakeSigner

LIMITS = Limits(per_transaction_napu=1_000, per_day_napu=2_500)
KEYS = (PrivateKey.generate(Algorithm.ED25519), PrivateKey.generate(Algorithm.SECP256K1))
KEY_TEXTS = tuple(str(key.public_key()) for key in KEYS)


class World(Protocol):
    """A service that holds KEYS, keeps LIMITS, and has signed nothing yet."""

    @property
    def signer(self) -> Signer:
        """The service, as the coordinator sees it."""
        ...

    def unreachable(self) -> Signer:
        """Return a service that does not answer."""
        ...

    def halt(self) -> None:
        """Have an operator of the service halt it."""
        ...

    def resume(self) -> None:
        """Lift the halt."""
        ...


class FakeWorld:
    """The service in memory."""

    def __init__(self) -> None:
        self.signer = FakeSigner(KEYS, LIMITS)

    def unreachable(self) -> Signer:
        signer = FakeSigner(KEYS, LIMITS)
        signer.is_unavailable = True
        return signer

    def halt(self) -> None:
        self.signer.is_halted = True

    def resume(self) -> None:
        self.signer.is_halted = False


class ServiceWorld:
    """The real service behind the real client."""

    def __init__(self, signer: Signer, unreachable: Signer, home: Path) -> None:
        self.signer = signer
        self._unreachable = unreachable
        self._halt_file = home / "halt"

    def unreachable(self) -> Signer:
        return self._unreachable

    def halt(self) -> None:
        self._halt_file.touch()

    def resume(self) -> None:
        self._halt_file.unlink()
