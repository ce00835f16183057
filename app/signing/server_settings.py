"""What the signing service needs to know before it starts."""

import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey, PublicKey
from app.signing.loopback import is_loopback
from app.signing.policy import Limits

_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class SignerServerSettings:
    """The signing service's settings.

    Attributes:
        port: 0 takes any free one.
        home: a folder of the service's own: the journal is kept in it, and a file `halt` in it stops signing.
        service_key: proves to clients who the service is; it signs no transaction.
        ndau_keys: validation keys of the one account that issues.
        client_keys: the coordinators that may ask.
        certificate: PEM chain for TLS; needed unless the host is this machine itself.
        certificate_key: PEM private key of the certificate, not encrypted.
        max_connections: of clients; further ones are turned away.
        max_unproven: further connections that have not proven whose they are; another takes the place of one of them.
        ping_interval_seconds: also how long a pong may take; a client that is gone holds its place twice as long.

    Raises:
        InvalidInput: something is missing or unsafe.
    """

    host: str
    port: int
    home: Path
    service_key: PrivateKey = field(repr=False)
    ndau_keys: tuple[PrivateKey, ...] = field(repr=False)
    client_keys: tuple[PublicKey, ...]
    max_per_transaction_napu: int
    max_per_day_napu: int
    certificate: Path | None = None
    certificate_key: Path | None = None
    handshake_timeout_seconds: float = 10.0
    max_connections: int = 32
    max_unproven: int = 64
    ping_interval_seconds: float = 20.0

    def __post_init__(self) -> None:
        self._check_keys()
        Limits(self.max_per_transaction_napu, self.max_per_day_napu)
        if not 0 <= self.port <= _HIGHEST_PORT:
            raise InvalidInput(f"the signing service's port is {self.port}; expected 0 to {_HIGHEST_PORT}")
        if (self.certificate is None) != (self.certificate_key is None):
            raise InvalidInput("the signing service has a certificate or its key only; expected both or neither")
        if self.certificate is None and not is_loopback(self.host):
            raise InvalidInput(
                f"the signing service would listen on {self.host} without TLS; "
                "expected a certificate and its key, or a loopback address"
            )

    @property
    def limits(self) -> Limits:
        """The policy's limits."""
        return Limits(self.max_per_transaction_napu, self.max_per_day_napu)

    def tls(self) -> ssl.SSLContext | None:
        """Return the context to serve TLS with, or None to serve without.

        Raises:
            InvalidInput: the certificate or its key cannot be used.
        """
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            context.load_cert_chain(self.certificate, self.certificate_key, password="")
        except OSError as error:
            raise InvalidInput(f"{self.certificate} and {self.certificate_key} cannot be used: {error}") from error
        return context

    def prepare_home(self) -> None:
        """Create the home, for the owner alone, if it is missing.

        Raises:
            InvalidInput: it cannot be created, or others may write in it, and so could undo the policy.
        """
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = self.home.stat().st_mode
        except OSError as error:
            raise InvalidInput(f"{self.home} cannot be the signing service's home: {error.strerror}") from error
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise InvalidInput(f"{self.home} can be written by others; mend it with: chmod 700 {self.home}")

    def _check_keys(self) -> None:
        if not self.ndau_keys or not self.client_keys:
            raise InvalidInput("the signing service needs at least one ndau key and one client key")
        public_keys = {key.public_key() for key in self.ndau_keys}
        # One key for both would let a client have text of its choosing signed by the issuer's account.
        if self.service_key.public_key() in public_keys:
            raise InvalidInput("the service's own key is also an ndau key; expected a key of its own")
